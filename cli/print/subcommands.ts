/** The first words that make something else of `supervisord` than the daemon. */

export interface Subcommand {
  readonly name: string;
  /** As behind its name in a synopsis. */
  readonly usage: string;
  /** A few words, for a menu of completions. */
  readonly summary: string;
  /** Whether what follows are names of files. */
  readonly takesFiles: boolean;
  /** For the manual page. */
  readonly description: string;
}

/** In the order of the manual page. The programs themselves are in cli/main.ts. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "print",
    usage: "[WHAT]",
    summary: "print a file that goes with it",
    takesFiles: false,
    description:
      "supervisord print WHAT prints what goes with the program: completions, manual pages, a " +
      "sample configuration and more; without WHAT it lists them.",
  },
  {
    name: "hash-password",
    usage: "[--token NAME]",
    summary: "hash a password, make a token",
    takesFiles: false,
    description:
      "supervisord hash-password reads a password from standard input and prints what stands " +
      "for it in a configuration; with --token it makes a token and the section that knows it.",
  },
  {
    name: "convert",
    usage: "FILE ...",
    summary: "make program sections of a Procfile or a systemd service",
    takesFiles: true,
    description:
      "supervisord convert prints program sections for each Procfile and each systemd service " +
      "given; what has to be looked at stands in front of them as comments.",
  },
];
