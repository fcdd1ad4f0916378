/** `supervisorctl doctor`, and the few lines that follow a failed action on a terminal. */
import { Output } from "../ctl/output.ts";
import { type Facts, gatherFacts, type Reach, type Subject, whyNot } from "./facts.ts";
import { connection, diagnose, exitStatusOf, formatFindings } from "./findings.ts";

/** @returns the exit status: 0 if nothing stands in the way of supervisorctl, else 1 */
export async function doctor(subject: Subject, json: boolean): Promise<number> {
  const findings = diagnose(await gatherFacts(subject));
  const output = new Output(1);
  if (json) output.line(JSON.stringify({ findings }, null, 2));
  else output.write(formatFindings(findings));
  return exitStatusOf(findings);
}

/**
 * What to do about a server that could not be talked to, on standard error: what goes to standard
 * output is read by scripts, and stays as it is.
 */
export async function firstHelp(subject: Subject, failure: unknown): Promise<void> {
  const reach: Reach = whyNot(failure);
  if (reach.kind === "answers" || reach.kind === "fails") return;
  const facts: Facts = { ...await gatherFacts(subject), reach };
  const read = facts.ctlFile === null ? "no configuration file" : facts.ctlFile;
  const actions = connection(facts).flatMap((finding) => finding.actions);
  const lines = [`supervisorctl read ${read}`, ...actions, "supervisorctl doctor looks closer"];
  new Output(2).write(lines.map((line) => `  ${line}\n`).join(""));
}
