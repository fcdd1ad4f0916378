/**
 * The pictures, small enough to live in the program text (base64). The status page uses the icon;
 * the other names are those the reference serves, for pages of others that show them. Drawn
 * for this project.
 */
export const IMAGES: Readonly<Record<string, string>> = {
  "icon.png":
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAYAAABzenr0AAAA2UlEQVR42mOQz49hGEiMTVABiPuB+DwQ/6cS" +
    "Pg81U4GQAxKA+D0VLUbH76F2YHVAAg0tRscJ6A5QoLHPsYWEArID+uloOQz3Izvg/AA44DyyA/4PECbdAdaN" +
    "BQPrABDo375uYB0AAo/fvv4fPrl14BwAAzsvnfmvW5E2cA4AgY/fvv5vXLd44BwAA8dvX/vv2VU9cA6AgbkH" +
    "dhAbLbRxACyRps7pH6EOGLAoGLBEOKDZcMAKogEtige0Mhrw6phWDZIBb5INeKN0wJvlA94xGRRds0HROaU7" +
    "BgCrnLiwQw+9UgAAAABJRU5ErkJggg==",
  "supervisor.gif":
    "R0lGODlhIAAgAPEAAP///x9vXP///wAAACH5BAEAAAAALAAAAAAgACAAAAJlhI+pyxAPo5yh0YsX3jTxLx3g" +
    "CBkkaZ5gqnLsJQjqS8Uy6mx2PNLTzvv4JECbK4cp7jJImNLYadaewckwQr1FOc8jF7iS/pbhr7asO6Nbmyu7" +
    "JH5H3HKR3Iq4zxX6CuPeECi4UAAAOw==",
  "rule.gif": "R0lGODlhAQABAPEAAMjIyMjIyMjIyMjIyCH5BAEAAAMALAAAAAABAAEAAAICTAEAOw==",
  "state0.gif":
    "R0lGODlhDAAMAPEAAP///4qKigAAAAAAACH5BAEAAAAALAAAAAAMAAwAAAIXhI8JwaEN3Ylt0rouM3pnbVEI" +
    "mEDKeRQAOw==",
  "state1.gif":
    "R0lGODlhDAAMAPEAAP///x6CTAAAAAAAACH5BAEAAAAALAAAAAAMAAwAAAIXhI8JwaEN3Ylt0rouM3pnbVEI" +
    "mEDKeRQAOw==",
  "state2.gif":
    "R0lGODlhDAAMAPEAAP///8A5KwAAAAAAACH5BAEAAAAALAAAAAAMAAwAAAIXhI8JwaEN3Ylt0rouM3pnbVEI" +
    "mEDKeRQAOw==",
};
