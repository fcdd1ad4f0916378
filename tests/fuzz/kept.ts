/** Inputs that once did harm, each with what it did. They are tried before anything else. */
export interface Kept {
  readonly target: string;
  readonly why: string;
  /** One character for each byte. */
  readonly input: string;
}

export const KEPT: readonly Kept[] = [
  {
    target: "HTTP conversation",
    why: "where a head ended depended on how it was cut, if empty lines of two kinds followed",
    input: "\x03G / HTTP/1.1\nt:\n\r\n\t\n\n",
  },
  {
    target: "event stream",
    why: "how many stray bytes belong to a payload depended on how many had come",
    input: "\x01ver:3.0 serial:1 poolserial:1 len:2\nab\xa9\n",
  },
  {
    target: "name pattern",
    why: "a dozen asterisks took for ever to find out that they do not fit",
    input: "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
  },
  {
    target: "password hash",
    why: "a salt of a single base64 character is no salt",
    input: "$scrypt$ln=14,r=8,p=5$A$c29tZWhhc2hzb21laGFzaHNvbWVoYXNo",
  },
];
