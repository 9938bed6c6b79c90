/* belfry_worker_run looks at the module before it looks for a master. */
#include "check.h"

#include <belfry/worker.h>

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { MEMBERS = sizeof(struct belfry_module) };

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	(void)worker;
	(void)state;
	(void)request;
	return 0;
}

/* Larger than what is known, with an address that must not be read as a member. */
struct newer {
	struct belfry_module module;
	void *more;
};

/* Runs it, and compares the line on standard error. The exit status has to be 2. */
static bool says(const struct belfry_module *module, const char *expected)
{
	char line[512] = "";
	FILE *err = tmpfile();
	const int before = dup(STDERR_FILENO);
	int status;

	CHECK(err != NULL && before >= 0 && dup2(fileno(err), STDERR_FILENO) == STDERR_FILENO);
	status = belfry_worker_run(module);
	CHECK(dup2(before, STDERR_FILENO) == STDERR_FILENO && close(before) == 0);
	rewind(err);
	CHECK(fgets(line, sizeof line, err) != NULL && fgetc(err) == EOF && fclose(err) == 0);
	CHECK(status == 2);
	if (strstr(line, expected) == NULL)
		fprintf(stderr, "%s", line);
	return strstr(line, expected) != NULL;
}

static void without_its_size_it_is_refused(void)
{
	const struct belfry_module module = {.process = process};

	CHECK(says(&module, ": belfry_module has a size of 0 "));
	CHECK(says(&module, "BELFRY_MODULE"));
}

static void a_size_that_is_not_known_is_refused(void)
{
	const struct newer newer = {.module = {.size = sizeof newer, .process = process}};
	const struct belfry_module odd = {.size = MEMBERS - 1, .process = process};

	CHECK(says(&newer.module, ": belfry_module has a size of "));
	CHECK(says(&odd, ": belfry_module has a size of "));
}

static void without_process_it_is_refused(void)
{
	const struct belfry_module module = BELFRY_MODULE(.process = NULL);
	const struct belfry_module smallest = {.size = sizeof(size_t), .process = process};

	CHECK(says(&module, ": belfry_module has no process\n"));
	CHECK(says(&smallest, ": belfry_module has no process\n"));
}

static void a_good_one_needs_a_master(void)
{
	const struct belfry_module module = BELFRY_MODULE(.process = process);

	CHECK(module.size == MEMBERS && module.init == NULL && module.fini == NULL);
	CHECK(says(&module, ": this is a worker of a Belfry pool"));
}

int main(void)
{
	unsetenv("BELFRY_VERSION");
	RUN(without_its_size_it_is_refused);
	RUN(a_size_that_is_not_known_is_refused);
	RUN(without_process_it_is_refused);
	RUN(a_good_one_needs_a_master);
	return 0;
}
