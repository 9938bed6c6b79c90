/* belfry_spawn without a VM: which descriptors a child has, and under which numbers. */
#include "spawn_run.h"

static void descriptors_can_change_places(void)
{
	struct run run;
	int first = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int second = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prepare(&run);
	run.descriptors[0] = (struct belfry_descriptor){second, first};
	run.descriptors[1] = (struct belfry_descriptor){first, second};
	CHECK(first < second && first > 2);
	run.plan.descriptor_count = 2;
	run.arguments[0] = (char *)"sh";
	run.arguments[1] = (char *)"-c";
	char script[128];
	char *arguments[] = {(char *)"sh", (char *)"-c", script, NULL};
	char *programs[] = {(char *)"/bin/sh", NULL};
	snprintf(script, sizeof script,
		 "test /dev/null -ef /proc/self/fd/%d && test /dev/zero -ef /proc/self/fd/%d",
		 first, second);
	run.plan.programs = programs;
	run.plan.arguments = arguments;
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	close(first);
	close(second);
}

static void a_descriptor_that_has_its_number_already_survives_exec(void)
{
	struct run run;
	int passed = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	char line[64];

	prepare(&run);
	run.descriptors[3] = (struct belfry_descriptor){passed, passed};
	run.plan.descriptor_count = 4;
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	snprintf(line, sizeof line, "descriptors=0 1 2 %d ", passed);
	CHECK(revealed(&run, line));
	close(passed);
}

static void the_highest_number_that_the_limit_allows_can_be_a_target(void)
{
	struct run run;
	int highest = (int)sysconf(_SC_OPEN_MAX) - 1;
	char line[64];

	prepare(&run);
	run.descriptors[3] = (struct belfry_descriptor){run.output[0], highest};
	run.plan.descriptor_count = 4;
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	snprintf(line, sizeof line, "descriptors=0 1 2 %d ", highest);
	CHECK(revealed(&run, line));
}

static void a_program_runs_from_its_descriptor_even_where_a_target_lies(void)
{
	struct run run;
	int program = open(reveal_path, O_RDONLY | O_CLOEXEC);

	prepare(&run);
	run.descriptors[3] = (struct belfry_descriptor){run.output[0], program};
	run.plan.descriptor_count = 4;
	run.plan.program_fd = program;
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	CHECK(revealed(&run, "arguments=[reveal]"));
	close(program);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	reveal_path = argv[1];
	RUN(descriptors_can_change_places);
	RUN(a_descriptor_that_has_its_number_already_survives_exec);
	RUN(the_highest_number_that_the_limit_allows_can_be_a_target);
	RUN(a_program_runs_from_its_descriptor_even_where_a_target_lies);
	return 0;
}
