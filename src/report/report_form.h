/*
 * A questionnaire as one self-contained page: it works from a file, without a network, and makes a signed answer file (registry_answer.h).
 */
#ifndef REPORT_REPORT_FORM_H
#define REPORT_REPORT_FORM_H

#include "registry/registry_answer.h"

/* The page of ${asking}, which was sent. Holds the secret: whoever has the page can answer. */
err report_form_html(struct job *job, const struct registry_asking *asking, slice *ret);

#endif
