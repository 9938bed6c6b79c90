// worker.hpp: a class as a module for belfry-host, and a lambda as a program.
#include <belfry/worker.hpp>

#include <string>

// Says in what order it lives.
class Handler
{
public:
	explicit Handler(const belfry::worker &worker)
	{
		if (worker.arguments()[0] != nullptr || worker.abandoned())
			throw std::runtime_error("no arguments, please");
		std::fputs("constructed\n", stderr);
	}

	~Handler()
	{
		std::fputs("destroyed\n", stderr);
	}

	void operator()(const belfry::request &request, belfry::reply &reply)
	{
		reply.write("half of a reply");
		if (request.text() == "runtime_error")
			throw std::runtime_error("no such row");
		if (request.text() == "fault")
			throw belfry::fault(7, "not today");
		if (request.text() == "too large")
			reply.claim(reply.max() + 1);
		if (request.text() == "system_error")
			throw std::system_error(ENOENT, std::system_category(), "rows");
		if (request.text() == "bad_alloc")
			throw std::bad_alloc();
		if (request.text() == "int")
			throw 1;
		if (request.text() == "nothing") {
			reply.claim(10);
			return;
		}
		char *const memory = static_cast<char *>(reply.claim(request.size() + 2));
		memory[0] = '<';
		request.text().copy(memory + 1, request.size());
		memory[request.size() + 1] = '>';
		reply.commit(request.size() + 2);
	}
};

BELFRY_EXPORT const struct belfry_module belfry_module = belfry::module<Handler>();

int main()
{
	std::string last = "the first";
	const auto handler = [&last](const belfry::request &request) {
		std::string before = last;

		last = request.text();
		if (before == "b")
			throw std::runtime_error(before + " and no more");
		return before;
	};

	return belfry::run(handler);
}
