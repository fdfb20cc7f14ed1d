/*
 * The verbs every register has. A verb is one descriptor; its file and one line here.
 */
#include "cli/cli_record.h"

extern const struct cli_record_verb cli_record_list_verb, cli_record_show_verb, cli_record_add_verb, cli_record_edit_verb, cli_record_status_verb,
    cli_record_history_verb, cli_record_note_verb, cli_record_link_verb, cli_record_file_verb, cli_record_import_verb, cli_record_export_verb,
    cli_record_observe_verb, cli_record_sample_verb;

const struct cli_record_verb *const cli_record_verbs[] = {&cli_record_list_verb, &cli_record_show_verb, &cli_record_add_verb, &cli_record_edit_verb,
    &cli_record_status_verb, &cli_record_history_verb, &cli_record_note_verb, &cli_record_link_verb, &cli_record_file_verb, &cli_record_import_verb,
    &cli_record_export_verb, &cli_record_observe_verb, &cli_record_sample_verb, NULL};
