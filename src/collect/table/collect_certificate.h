/*
 * Certificates and private keys of the system's services: what they are and until when; never the key.
 */
#ifndef COLLECT_TABLE_COLLECT_CERTIFICATE_H
#define COLLECT_TABLE_COLLECT_CERTIFICATE_H

#include "collect/collect.h"

extern const struct table table_certificate;
extern const struct table table_private_key;

/*
 * Pure: add the certificates and the first private key of ${text} (PEM with any number of blocks, or one DER certificate) to the rows. ${path} and ${st} are
 * for the columns. Blocks that cannot be read add no certificate; a private key that cannot be read is still a row, of unknown type. ${text} is
 * erased when it held a key.
 */
err collect_certificate_parse(struct job *job, slice path, const struct stat *st, slice text, struct rows *certificates, struct rows *keys);

#endif
