/* The backend that hands a converted document back to quoin-deliver, which prints it itself. */
#ifndef QN_CUPS_OUT_H
#define QN_CUPS_OUT_H

#define QN_CUPS_OUT "quoin-out"

/* Run by cupsd: waits at the Unix socket run-dir/cups/out/JOB for one reader and gives it the document. 0 if it has all of it. */
int qn_cups_out_run(int argc, char **argv);

#endif
