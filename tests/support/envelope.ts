/** The bytes of an event as a listener gets them. */
import {
  type EnvelopeHeader,
  envelopeParts,
  joinEnvelope,
  type LengthUnit,
} from "../../src/events/envelope.ts";
import type { DaemonEvent } from "../../src/events/types.ts";

export function encodeEnvelope(
  header: EnvelopeHeader,
  event: DaemonEvent,
  unit: LengthUnit,
): Uint8Array {
  return joinEnvelope(envelopeParts(header, event, unit));
}
