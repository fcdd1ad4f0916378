/** The unit that the packages install. */
import unit from "../../packaging/systemd/supervisor.service" with { type: "text" };

export const systemdUnit: string = unit;
