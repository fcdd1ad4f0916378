/**
 * Completion for three shells. What can be known beforehand (options, names of programs) is in the
 * script; actions and names of processes come from `supervisorctl complete`, which asks the daemon
 * that the options on the line point to.
 */
import { MANUAL } from "./manual.ts";
import { SUPERVISORD_ROWS } from "../argv.ts";
import type { OptionSpec } from "../getopt.ts";
import { type Subcommand, SUBCOMMANDS } from "./subcommands.ts";
import { SUPERVISORCTL_ROWS } from "../supervisorctl_argv.ts";

function spellings({ short, long }: OptionSpec): string[] {
  return [
    ...short === undefined || short === "?" ? [] : [`-${short}`],
    ...long === undefined ? [] : [`--${long}`],
  ];
}

const words = (rows: readonly OptionSpec[]) => rows.flatMap(spellings);
const withArgument = (rows: readonly OptionSpec[]) =>
  words(rows.filter(({ argument }) => argument !== undefined));

/** In single quotes for a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const takingFiles = (separator: string) =>
  SUBCOMMANDS.filter(({ takesFiles }) => takesFiles).map(({ name }) => name).join(separator);

const bashSubcommands = () =>
  SUBCOMMANDS.map(({ name }) =>
    `    ((last == 1)) && [[ ${name} == "$current"* ]] && COMPREPLY+=(${name})\n`
  ).join("");

const fishSubcommand = ({ name, summary }: Subcommand) =>
  `complete -c supervisord -n '__fish_use_subcommand' -a ${name} -d '${summary}'\n`;

/** @param printables what `supervisord print` can print */
export function bashCompletion(printables: readonly string[]): string {
  return `# bash completion for supervisorctl and supervisord
# Where bash-completion is installed:
#   supervisord print completion-bash > /usr/share/bash-completion/completions/supervisorctl
# Without it: source <(supervisord print completion-bash)

# Keeps of the candidates, one a line, what begins with the current word. They are names of
# somebody's processes: nothing in them is expanded.
_supervisor_reply() {
  local current=$1 candidate
  COMPREPLY=()
  while IFS= read -r candidate; do
    [[ -n $candidate && $candidate == "$current"* ]] && COMPREPLY+=("$candidate")
  done
  # readline replaces only what is behind the last colon of a word
  if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then
    local before=\${current%"\${current##*:}"} i
    for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"$before"}; done
  fi
}

# Words as they were typed: COMP_WORDS is split at colons.
_supervisor_words() {
  local line=\${COMP_LINE:0:COMP_POINT}
  read -ra supervisor_words <<<"$line"
  [[ $line == *[[:space:]] ]] && supervisor_words+=("")
}

_supervisorctl() {
  local -a supervisor_words options=()
  _supervisor_words
  local last=$((\${#supervisor_words[@]} - 1)) i=1
  local current=\${supervisor_words[last]}
  while ((i < last)); do
    case \${supervisor_words[i]} in
      ${withArgument(SUPERVISORCTL_ROWS).join(" | ")})
        ((i + 1 == last)) && { COMPREPLY=($(compgen -f -- "$current")); return; }
        options+=("\${supervisor_words[@]:i:2}")
        ((i += 2))
        ;;
      -*)
        options+=("\${supervisor_words[i]}")
        ((i += 1))
        ;;
      *) break ;;
    esac
  done
  if [[ $current == -* ]] && ((i == last)); then
    _supervisor_reply "$current" <<<${quoted(words(SUPERVISORCTL_ROWS).join("\n"))}
  else
    _supervisor_reply "$current" < <(
      "\${supervisor_words[0]}" "\${options[@]}" complete "\${supervisor_words[*]:i}" 2>/dev/null
    )
  fi
}

_supervisord() {
  local -a supervisor_words
  _supervisor_words
  local last=$((\${#supervisor_words[@]} - 1))
  local current=\${supervisor_words[last]} previous=\${supervisor_words[last - 1]}
  if ((last == 2)) && [[ $previous == print ]]; then
    _supervisor_reply "$current" <<<${quoted(printables.join("\n"))}
  elif [[ $previous == man && \${supervisor_words[1]} == print ]]; then
    _supervisor_reply "$current" <<<${quoted(MANUAL.map(({ name }) => name).join("\n"))}
  elif [[ $current == -* ]]; then
    _supervisor_reply "$current" <<<${quoted(words(SUPERVISORD_ROWS).join("\n"))}
  else
    COMPREPLY=($(compgen -f -- "$current"))
${bashSubcommands()}  fi
}

complete -o filenames -o nosort -F _supervisord supervisord
complete -o nosort -F _supervisorctl supervisorctl
`;
}

/** The argument of zsh's _arguments for one spelling of an option. */
function zshArgument(row: OptionSpec): string[] {
  const doc = (row.help ?? row.manual ?? "").replaceAll(/\s+/g, " ");
  const text = doc.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`);
  const value = row.argument === undefined ? "" : `:${row.argument.trim()}:_files`;
  return spellings(row).map((spelling) => quoted(`${spelling}[${text}]${value}`));
}

export function zshCompletion(printables: readonly string[]): string {
  const lines = (rows: readonly OptionSpec[]) => rows.flatMap(zshArgument).join(" \\\n    ");
  return `#compdef supervisorctl supervisord
# zsh completion for supervisorctl and supervisord:
#   supervisord print completion-zsh > /usr/local/share/zsh/site-functions/_supervisorctl

_supervisorctl() {
  local -a options candidates
  local i=2
  while ((i < CURRENT)); do
    case \${words[i]} in
      ${withArgument(SUPERVISORCTL_ROWS).join(" | ")})
        options+=("\${(Q)words[i]}" "\${(Q)words[i+1]}")
        ((i += 2))
        ;;
      -*)
        options+=("\${(Q)words[i]}")
        ((i += 1))
        ;;
      *) break ;;
    esac
  done
  if ((i > CURRENT)); then
    _files
  elif [[ \${words[CURRENT]} == -* ]] && ((i == CURRENT)); then
    _arguments ${lines(SUPERVISORCTL_ROWS)}
  else
    candidates=("\${(@f)$("\${(Q)words[1]}" $options complete "\${(j: :)\${(Q)words[i,CURRENT]}}" 2>/dev/null)}")
    candidates=(\${candidates:#})
    compadd -- $candidates
  fi
}

_supervisord() {
  if [[ \${words[2]} == print ]] && ((CURRENT == 3)); then
    compadd -- ${printables.join(" ")}
  elif [[ \${words[2]} == print && \${words[3]} == man ]] && ((CURRENT == 4)); then
    compadd -- ${MANUAL.map(({ name }) => name).join(" ")}
  elif [[ \${words[2]} == (${takingFiles("|")}) ]] && ((CURRENT > 2)); then
    _files
  else
    ((CURRENT == 2)) && compadd -- ${SUBCOMMANDS.map(({ name }) => name).join(" ")}
    _arguments ${lines(SUPERVISORD_ROWS)}
  fi
}

case $service in
  supervisord) _supervisord "$@" ;;
  *) _supervisorctl "$@" ;;
esac
`;
}

function fishOption(program: string, row: OptionSpec): string {
  const names = [
    ...row.short === undefined || row.short === "?" ? [] : [`-s ${row.short}`],
    ...row.long === undefined ? [] : [`-l ${row.long}`],
  ];
  if (names.length === 0) return "";
  const doc = (row.help ?? row.manual ?? "").replaceAll(/\s+/g, " ").replaceAll(/['\\]/g, "\\$&");
  const value = row.argument === undefined ? "" : " -r -F";
  return `complete -c ${program} ${names.join(" ")}${value} -d '${doc}'\n`;
}

export function fishCompletion(printables: readonly string[]): string {
  const options = (program: string, rows: readonly OptionSpec[]) =>
    rows.map((row) => fishOption(program, row)).join("");
  return `# fish completion for supervisorctl and supervisord:
#   supervisord print completion-fish > ~/.config/fish/completions/supervisorctl.fish

function __supervisorctl_complete
  set -l words (commandline -opc)
  set -l program $words[1]
  set -l options
  set -e words[1]
  while set -q words[1]
    switch $words[1]
      case ${withArgument(SUPERVISORCTL_ROWS).join(" ")}
        set -a options $words[1..2]
        set -e words[1..2]
      case '-*'
        set -a options $words[1]
        set -e words[1]
      case '*'
        break
    end
  end
  set -l typed (string join ' ' -- $words (commandline -ct))
  $program $options complete "$typed" 2>/dev/null
end

complete -c supervisorctl -f -a '(__supervisorctl_complete)'
${options("supervisorctl", SUPERVISORCTL_ROWS)}
${
    SUBCOMMANDS.map(fishSubcommand).join("")
  }complete -c supervisord -n '__fish_seen_subcommand_from print' -f -a '${printables.join(" ")}'
complete -c supervisord -n '__fish_seen_subcommand_from man' -f -a '${
    MANUAL.map(({ name }) => name).join(" ")
  }'
${options("supervisord", SUPERVISORD_ROWS)}`;
}
