/*
 * assay REGISTER tasks: add the records that one needs of another register and has not.
 */
#include "cli/cli_record.h"
#include "registry/registry_person.h"

static err
run(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	struct registry_record record;
	int64_t number;
	size_t added;
	(void)ret_status;
	TRY(cli_record_open(job, cli, &open));
	TRY(cli_record_number(job, open.def, cli->words[0], &number));
	TRY(cli_record_read(job, &open, open.now, number, &record));
	TRY(registry_tasks_add(job, open.registry, open.def, number, &added));
	cli_say(cli, job, added > 0 ? "%s added: 'assay %.*s list' shows them" : "%s added: every one that is needed is there (assay %.*s list)",
	    cli_count(added, "record", "records").at, SLICE(open.def->tasks->registry));
	return OK;
}

const struct cli_record_verb cli_record_task_verb = {.name = "tasks",
    .about = "add the tasks that it needs",
    .usage = "NUMBER",
    .help = "One for each place to look in, as the register's definition says. Those that are there already are left alone, so it can be run again.",
    .example = "tasks 1 …",
    .tasks = true,
    .words_min = 1,
    .words_max = 1,
    .run = run};
