/** The process's file descriptors beside its input, by which frames come. Its output and its errors are for the log. */

/** Answers to questions for which the process stands still. */
export const ANSWERS = 3;
/** All that the process says. */
export const OUTPUT = 4;
