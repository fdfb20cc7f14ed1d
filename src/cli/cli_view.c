/*
 * Opens what several commands look at.
 */
#include "cli/cli_view.h"

#include "base/fs.h"

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
