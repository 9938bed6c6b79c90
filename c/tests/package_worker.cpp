// worker.h from C++: a worker, and a module that belfry-host loads.
#include <belfry/version.h>
#include <belfry/worker.h>

static int process(belfry_worker *worker, void *, const belfry_request *request)
{
	void *reply = belfry_reply_claim(worker, request->size);

	if (reply == nullptr)
		return -belfry_reply(worker, BELFRY_VERSION, sizeof BELFRY_VERSION - 1);
	return -belfry_reply_commit(worker, 0);
}

#if __cplusplus >= 202002L
BELFRY_EXPORT const struct belfry_module belfry_module = BELFRY_MODULE(.process = process);
#else
BELFRY_EXPORT const struct belfry_module belfry_module = BELFRY_MODULE(nullptr, process, nullptr);
#endif
static_assert(BELFRY_MODULE(nullptr, process, nullptr).size == sizeof(struct belfry_module), "a constant");

int main()
{
	return belfry_worker_run(&belfry_module);
}
