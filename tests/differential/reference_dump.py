"""Loads configuration files with the installed Supervisor and prints what it made of them.

Reads {"environment": {...}, "cases": [{"file": path, "cwd": path}, ...]} from stdin; prints
{"version": text, "results": [...]} with, for each case, {"error": text} or the effective
values, in the shape that config_test.ts gives its own. CHECKOUT is a directory that holds the
package to use in place of the installed one.

Usage: python3 -X utf8 reference_dump.py [CHECKOUT] < cases.json
"""
import contextlib
import io
import json
import os
import sys
import warnings

# A checkout of Supervisor can stand in for the installed one.
if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])

warnings.simplefilter("ignore")

from supervisor import datatypes, events, loggers, options  # noqa: E402

EVENT_NAMES = {getattr(events.EventTypes, k): k for k in dir(events.EventTypes) if k.isupper()}
KINDS = {
    options.FastCGIGroupConfig: "fcgi",
    options.EventListenerPoolConfig: "eventlistener",
    options.ProcessGroupConfig: "group",
}


def use_posix_environment():
    """Lexes environment= as later versions do (this much of 4.2.5 is known to differ)."""

    def pairs(text):
        tokens = datatypes.shlex.shlex(str(text), posix=True)
        tokens.wordchars += "/.+-():"
        tokens = list(tokens)
        found = {}
        for i in range(0, len(tokens), 4):
            row = tokens[i:i + 3]
            if len(row) != 3 or row[1] != "=":
                raise ValueError("Unexpected end of key/value pairs in value '%s'" % text)
            found[row[0]] = row[2]
        return found

    options.dict_of_key_value_pairs = pairs


if options.VERSION.startswith("4.2"):
    use_posix_environment()


class QuietOptions(options.ServerOptions):
    """usage() writes and exits; here it raises, so that the text can be taken."""

    def usage(self, msg):
        raise SystemExit(str(msg))


def log_of(value):
    if value is datatypes.Automatic:
        return "auto"
    return value or None


def autorestart_of(value):
    if value is datatypes.RestartUnconditionally:
        return "always"
    return "unexpected" if value is datatypes.RestartWhenExitUnexpected else "never"


def process(config):
    return {
        "name": config.name,
        "command": config.command,
        "directory": config.directory,
        "umask": config.umask,
        "priority": config.priority,
        "autostart": config.autostart,
        "autorestart": autorestart_of(config.autorestart),
        "startsecs": config.startsecs,
        "startretries": config.startretries,
        "uid": config.uid,
        "stopsignal": int(config.stopsignal),
        "stopwaitsecs": config.stopwaitsecs,
        "stopasgroup": config.stopasgroup,
        "killasgroup": config.killasgroup,
        "exitcodes": list(config.exitcodes),
        "redirect_stderr": config.redirect_stderr,
        "environment": dict(sorted(config.environment.items())),
        "serverurl": config.serverurl,
        "channels": [
            {
                "log": log_of(getattr(config, c + "_logfile")),
                "maxbytes": getattr(config, c + "_logfile_maxbytes"),
                "backups": getattr(config, c + "_logfile_backups"),
                "capture": getattr(config, c + "_capture_maxbytes"),
                "events": getattr(config, c + "_events_enabled"),
                "syslog": bool(getattr(config, c + "_syslog")),
            }
            for c in ("stdout", "stderr")
        ],
    }


def group(config):
    seen = {p.name: p for p in config.process_configs}
    row = {
        "name": config.name,
        "kind": KINDS[type(config)],
        "priority": config.priority,
        "processes": [process(p) for p in sorted(seen.values())],
    }
    if row["kind"] == "eventlistener":
        row["buffer_size"] = config.buffer_size
        row["events"] = sorted(EVENT_NAMES[e] for e in config.pool_events)
    if row["kind"] == "fcgi":
        socket = config.socket_config
        row["socket"] = {
            "url": socket.url,
            "backlog": socket.backlog,
            "mode": getattr(socket, "mode", None),
            "owner": list(socket.owner) if getattr(socket, "owner", None) else None,
        }
    return row


def server(config):
    row = {
        "section": config["section"],
        "auth": [config["username"], config["password"]] if config["username"] else None,
    }
    if "file" in config:
        row.update(file=config["file"], chmod=config["chmod"], chown=list(config["chown"]))
    else:
        row.update(host=config["host"], port=config["port"])
    return row


def daemon(o):
    return {
        "logfile": o.logfile,
        "logfile_maxbytes": o.logfile_maxbytes,
        "logfile_backups": o.logfile_backups,
        "loglevel": LEVELS[o.loglevel],
        "pidfile": o.pidfile,
        "umask": o.umask,
        "nodaemon": bool(o.nodaemon),
        "silent": bool(o.silent),
        "minfds": o.minfds,
        "minprocs": o.minprocs,
        "nocleanup": bool(o.nocleanup),
        "childlogdir": o.childlogdir,
        "uid": o.uid,
        "directory": o.directory,
        "strip_ansi": bool(o.strip_ansi),
        "environment": dict(sorted(o.configroot.supervisord.environment.items())),
        "identifier": o.identifier,
    }


LEVELS = {
    getattr(loggers.LevelsByName, short): long
    for short, long in (("CRIT", "critical"), ("ERRO", "error"), ("WARN", "warn"),
                        ("INFO", "info"), ("DEBG", "debug"), ("TRAC", "trace"),
                        ("BLAT", "blather"))
}


def load(case):
    os.chdir(case["cwd"])
    o = QuietOptions()
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            o.realize(["-c", case["file"]], doc="")
    except SystemExit as e:
        return {"error": str(e)}
    except Exception as e:  # what the reference itself would die of, with a traceback
        return {"crash": "%s: %s" % (type(e).__name__, e)}
    finally:
        o.poller.close()
    names = set()
    groups = [g for g in o.process_group_configs if not (g.name in names or names.add(g.name))]
    return {
        "daemon": daemon(o),
        "groups": [group(g) for g in groups],
        "servers": [server(s) for s in o.server_configs],
        "serverurl": o.serverurl,
        "rpcinterfaces": [name for name, _, _ in o.rpcinterface_factories],
        "warnings": o.parse_warnings,
        "infos": o.parse_infos,
    }


def main():
    given = json.load(sys.stdin)
    os.environ.clear()
    os.environ.update(given["environment"])
    results = [load(case) for case in given["cases"]]
    json.dump({"version": options.VERSION, "results": results}, sys.stdout)


main()
