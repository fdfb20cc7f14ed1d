/*
 * The script and the stylesheet of the questionnaire page: report_form.js and report_form.css, made into text by tool/mktext.py.
 */
#ifndef REPORT_REPORT_FORM_TEXT_H
#define REPORT_REPORT_FORM_TEXT_H

extern const char report_form_script[], report_form_style[];

#endif
