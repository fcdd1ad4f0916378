/** Names the descriptor that the next program finds the state at. Not for children. */
export const HANDOVER_VARIABLE = "SUPERVISORD_HANDOVER_FD";

/** The one argument of a program that is asked whether it would take over. */
export const CHECK_OPTION = "--handover-check";
