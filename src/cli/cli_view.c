/*
 * Opens what several commands look at.
 */
#include "cli/cli_view.h"

#include "base/fs.h"
#include "registry/registry.h"

static err
load_content(struct job *job, struct cli *cli, struct cli_view *view)
{
	slice pack;
	bool found = false;
	if (cli_value(cli, "as-of") != NULL && cli_value(cli, "content") == NULL)
		TRY(ledger_content_set_at(job, view->ledger, view->at, &found, &pack));
	return found ? content_unpack(job, pack, &view->content) : cli_content(job, cli, &view->content);
}

err
cli_view_open(struct job *job, struct cli *cli, struct cli_view *view)
{
	const char *source;
	TRY(cli_ledger(job, cli, &view->ledger));
	TRY(cli_moment(job, cli, view->ledger, &view->at));
	TRY(load_content(job, cli, view));
	TRY(catalogue_load(job, &view->content, &view->catalogue));
	TRY(check_load(job, &view->content, &view->catalogue, &view->checks));
	TRY(fs_join(job, cli->place.etc, "source", &source));
	return check_tables(job, &view->checks, source);
}

err
cli_view_verdicts(struct job *job, struct cli_view *view)
{
	return check_verdicts(job, view->ledger, view->at, &view->catalogue, &view->checks, &view->verdicts, &view->verdicts_len);
}

err
cli_view_service(struct job *job, const struct registry *registry, const char *word, int64_t *ret)
{
	struct registry_rows_of of = {.at = {.size = ledger_size(registry->ledger)}};
	struct rows rows;
	size_t found = 0;
	if (registry->scope == NULL)
		return err_set(job, ERR_MISSING, "--service: no register holds services");
	if (slice_i64(slice_of(word), ret))
		return OK;
	TRY(registry_rows(job, registry, slice_of(registry->scope->table_name), &of, &rows));
	int label = table_column(&registry->scope->table, registry->scope->label);
	for (size_t i = 0; i < rows.len; i++)
		if (slice_same_nocase(rows.row[i][label].text, slice_of(word))) {
			*ret = rows.row[i][REGISTRY_NUMBER_COLUMN].number;
			found++;
		}
	return found == 1 ? OK
			  : err_set(job, ERR_INPUT, "--service: %s \"%s\"; 'assay %.*s list' shows them", found == 0 ? "there is no service" : "several services are called",
				word, SLICE(registry->scope->id));
}

err
cli_view_verdicts_of(struct job *job, const struct cli *cli, struct cli_view *view)
{
	const char *word = cli_value(cli, "service"), *source;
	struct registry *registry;
	int64_t number;
	slice *subjects;
	size_t len;
	if (word == NULL)
		return cli_view_verdicts(job, view);
	TRY(fs_join(job, cli->place.etc, "source", &source));
	TRY(registry_open(job, view->ledger, &view->content, NULL, &registry));
	TRY(cli_view_service(job, registry, word, &number));
	TRY(check_service_subjects(job, view->ledger, registry, source, view->at, number, &subjects, &len));
	return check_verdicts_of(
	    job, view->ledger, view->at, &view->catalogue, &view->checks, subjects, len, &view->verdicts, &view->verdicts_len);
}

void
cli_view_close_at(struct cli_view *view)
{
	ledger_close(view->ledger);
	view->ledger = NULL;
}

unsigned
cli_severity_rank(slice severity)
{
	static const char *const order[] = {"critical", "high", "medium", "low", "info"};
	unsigned at = 0;
	while (at < sizeof order / sizeof order[0] && !slice_same(severity, slice_of(order[at])))
		at++;
	return at;
}

slice
cli_host_name(const struct ledger_host *hosts, size_t len, slice id)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(hosts[i].id, id) && hosts[i].name.len > 0)
			return hosts[i].name;
	return id;
}
