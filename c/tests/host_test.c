/* belfry-host as a process: the modules that it loads, and its messages about others. */
#include "master.h"
#include "worker_run.h"

#include <belfry/version.h>

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

static char *host;
static const char *modules; /* the directory of the test modules */

static const char *module_path(const char *name)
{
	static char path[PATH_MAX];

	CHECK(snprintf(path, sizeof path, "%s/%s", modules, name) < (int)sizeof path);
	return path;
}

/* Runs it: one line on standard error, nothing on standard output, exit status 2. */
static void host_line(const char *argument, char line[4096])
{
	char *command[] = {host, (char *)argument, NULL};
	struct worker_run run;
	int status;

	worker_start(&run, command, NULL);
	strcpy(line, worker_line(&run, run.err));
	CHECK(strcmp(worker_line(&run, run.err), "") == 0);
	CHECK(strcmp(worker_line(&run, run.out), "") == 0);
	status = worker_status(&run);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

/* The line names the file once, with glibc; the reason is the loader's, whose words depend on the libc. */
static void expect_refused(const char *argument, const char *path, const char *reason)
{
	char line[4096], start[PATH_MAX + 20];

	host_line(argument, line);
	snprintf(start, sizeof start, "belfry-host: %s: ", path);
	CHECK(strncmp(line, start, strlen(start)) == 0);
#ifdef __GLIBC__
	CHECK(strstr(line + strlen(start), path) == NULL);
#endif
	CHECK(strstr(line + strlen(start), reason) != NULL);
}

/* The worker's line and not the host's: the module was loaded, and there is no master. */
static void expect_loaded(const char *argument)
{
	char line[4096];

	host_line(argument, line);
	CHECK(line[0] != '\0' && strstr(line, ".so") == NULL && strstr(line, "usage") == NULL);
}

static void a_whole_module_is_loaded(void)
{
	expect_loaded(module_path("module_whole.so"));
}

static void a_name_without_slash_is_in_the_current_directory(void)
{
	char before[PATH_MAX];

	CHECK(getcwd(before, sizeof before) != NULL && chdir(modules) == 0);
	expect_loaded("module_whole.so");
	CHECK(chdir(before) == 0);
	expect_refused("module_whole.so", "module_whole.so", "No such file");
}

static void a_name_without_slash_is_looked_for_where_the_system_looks(void)
{
	CHECK(setenv("LD_LIBRARY_PATH", modules, 1) == 0);
	expect_loaded("module_whole.so");
	CHECK(unsetenv("LD_LIBRARY_PATH") == 0);
}

static void a_bad_module_is_refused_with_its_reason(void)
{
	char path[PATH_MAX];

	expect_refused("./missing.so", "./missing.so", "No such file");
	strcpy(path, module_path("module_other.so"));
	expect_refused(path, path, "belfry_module");
	strcpy(path, module_path("module_idle.so"));
	expect_refused(path, path, "belfry_module has no process");
	strcpy(path, module_path("module_unsized.so"));
	expect_refused(path, path, "belfry_module has a size of 0 ");
	strcpy(path, module_path("module_unresolved.so"));
	expect_refused(path, path, "belfry_test_missing");
}

static void what_is_no_shared_object_is_refused(void)
{
	FILE *text = fopen("text", "w");

	CHECK(text != NULL && fputs("text", text) >= 0 && fclose(text) == 0);
	CHECK(mkdir("directory", 0700) == 0 && mkfifo("fifo", 0600) == 0);
	expect_refused("text", "./text", "");
	expect_refused("directory", "./directory", "is a directory");
	expect_refused("fifo", "./fifo", "not a regular file");
	CHECK(rmdir("directory") == 0 && unlink("fifo") == 0 && unlink("text") == 0);
}

static void without_a_module_it_says_how_it_is_used(void)
{
	const char *const wrong[] = {NULL,	 "",	      "--other", "--once",
				     "--once=", "--once=-1", "--once=x", "--once=4294967296"};
	char line[4096];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		host_line(wrong[i], line);
		CHECK(strcmp(line, "usage: belfry-host [--once[=TYPE]] MODULE.so [ARGUMENT...]") == 0);
	}
}

static void expect_output(const char *option, const char *line)
{
	char *command[] = {host, (char *)option, NULL};
	struct worker_run run;

	worker_start(&run, command, NULL);
	CHECK(strcmp(worker_line(&run, run.out), line) == 0);
	CHECK(strcmp(worker_line(&run, run.err), "") == 0);
	CHECK(worker_status(&run) == 0);
}

static void it_tells_its_version_and_its_usage(void)
{
	expect_output("--version", "belfry-host " BELFRY_VERSION);
	expect_output("--help", "usage: belfry-host [--once[=TYPE]] MODULE.so [ARGUMENT...]");
}

static void start(struct master *master, const char *module)
{
	char *command[] = {host, (char *)module_path(module), NULL};

	master_prepare(master, BELFRY_MIN_RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_start(master, command);
}

static void a_module_serves_requests(void)
{
	struct master master;

	start(&master, "module_whole.so");
	master_await_state(&master, BELFRY_READY);
	master_send(&master, "hello");
	master_expect(&master, "hello");
	CHECK(master_offer(&master, 1, 1, "hello", 5) == 0);
	master_expect(&master, "");
	master_stop(&master);
}

static void a_module_gets_its_arguments_and_its_index(void)
{
	char dash[] = "-a", empty[] = "", spaced[] = "b c";
	char *command[] = {
		host, (char *)module_path("module_arguments.so"), dash, empty, spaced, NULL,
	};
	struct master master;

	master_prepare(&master, BELFRY_MIN_RING_BYTES, BELFRY_ADAPTIVE, 0);
	master.requests->slot = 7;
	master_start(&master, command);
	master_send(&master, "");
	master_expect(&master, "index 7, 3 arguments: [-a][][b c]");
	master_stop(&master);

	start(&master, "module_arguments.so");
	master_send(&master, "");
	master_expect(&master, "index 0, 0 arguments: ");
	master_stop(&master);
}

static const char *request_file;

static void take_request(void)
{
	dup2(open(request_file, O_RDONLY), STDIN_FILENO);
}

/* Runs --once with that request. Returns its wait status; `out` and `err` are the first lines. */
static int once(const char *option, const char *module, char *argument, const char *request,
		char out[4096], char err[4096])
{
	char *command[] = {host, (char *)option, (char *)module_path(module), argument, NULL};
	struct worker_run run;
	FILE *file = fopen("request", "w");
	int status;

	CHECK(file != NULL && fputs(request, file) >= 0 && fclose(file) == 0);
	request_file = "request";
	worker_start(&run, command, take_request);
	strcpy(out, worker_line(&run, run.out));
	CHECK(strcmp(worker_line(&run, run.out), "") == 0);
	strcpy(err, worker_line(&run, run.err));
	if (strcmp(err, "fini") == 0)
		strcpy(err, worker_line(&run, run.err));
	status = worker_status(&run);
	CHECK(unlink("request") == 0);
	return status;
}

static void expect_once(const char *option, const char *module, const char *request,
			const char *reply)
{
	char out[4096], err[4096];
	const int status = once(option, module, NULL, request, out, err);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(strcmp(out, reply) == 0 && strcmp(err, "") == 0);
}

static void once_needs_no_master(void)
{
	expect_once("--once", "module_once.so", "hello", "hello");
	expect_once("--once", "module_once.so", "", "");
	expect_once("--once=0", "module_whole.so", "hello", "hello");
	expect_once("--once=1", "module_whole.so", "hello", "");
	expect_once("--once", "module_arguments.so", "", "index 0, 0 arguments: ");
}

static void once_tells_how_it_failed(void)
{
	char out[4096], err[4096], argument[] = "x";
	int status = once("--once", "module_once.so", NULL, "fault", out, err);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3 && strcmp(out, "") == 0);
	CHECK(strcmp(err, "belfry-host: fault 2: no such row") == 0);
	status = once("--once", "module_once.so", argument, "hello", out, err);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42 && strcmp(out, "") == 0);
	CHECK(strcmp(err, "belfry-host: the worker ended with exit status 42") == 0);
	status = once("--once", "module_once.so", NULL, "abort", out, err);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	status = once("--once", "module_other.so", NULL, "hello", out, err);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

static void a_module_of_an_older_version_serves_requests(void)
{
	struct master master;

	start(&master, "module_older.so");
	master_await_state(&master, BELFRY_READY);
	master_send(&master, "hello");
	master_expect(&master, "hello");
	master_stop(&master);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/belfry-host-XXXXXX";

	CHECK(argc == 3);
	host = realpath(argv[1], NULL);
	modules = argv[2];
	unsetenv("BELFRY_VERSION");
	CHECK(host != NULL && mkdtemp(directory) != NULL && chdir(directory) == 0);
	RUN(a_whole_module_is_loaded);
	RUN(a_module_serves_requests);
	RUN(a_module_gets_its_arguments_and_its_index);
	RUN(a_module_of_an_older_version_serves_requests);
	RUN(once_needs_no_master);
	RUN(once_tells_how_it_failed);
	RUN(a_name_without_slash_is_in_the_current_directory);
	RUN(a_name_without_slash_is_looked_for_where_the_system_looks);
	RUN(a_bad_module_is_refused_with_its_reason);
	RUN(what_is_no_shared_object_is_refused);
	RUN(without_a_module_it_says_how_it_is_used);
	RUN(it_tells_its_version_and_its_usage);
	CHECK(chdir("/") == 0 && rmdir(directory) == 0);
	free(host);
	return 0;
}
