/*
 * A worker in C++17: a thin layer over <belfry/worker.h>, whose rules it keeps.
 *
 *	#include <belfry/worker.hpp>
 *
 *	int main()
 *	{
 *		return belfry::run([](const belfry::request &request) {
 *			if (request.size() == 0)
 *				throw belfry::fault(EINVAL, "the request has no text");
 *			return std::string(request.text()) + "!";
 *		});
 *	}
 *
 * A handler is a function object that is called for each request, in one of two forms:
 *
 *	std::string handler(const belfry::request &)             or what a std::string_view is made of
 *	void handler(const belfry::request &, belfry::reply &)   writes its reply in place
 *
 * What it throws becomes a fault, which the caller gets as WorkerFaultException; the worker goes on,
 * and nothing of a reply that was begun is sent:
 *
 *	belfry::fault          its code and its text
 *	std::system_error      errno's number, where it has one, and what()
 *	std::bad_alloc         ENOMEM and what()
 *	any other              belfry::uncaught and what()
 *
 * A class is a module as well. It is constructed before the first request, from a
 * `const belfry::worker &` where it can be, and destroyed after the last one:
 *
 *	int main() { return belfry::run<Handler>(); }
 *
 *	BELFRY_EXPORT const struct belfry_module belfry_module = belfry::module<Handler>();
 *
 * What its constructor throws is a line on standard error and exit status 1.
 */
#ifndef BELFRY_WORKER_HPP
#define BELFRY_WORKER_HPP

#include <belfry/worker.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace belfry
{

/* The code of an exception that has none; no errno is so large. */
constexpr int uncaught = 1000;

/* To be thrown by a handler. */
class fault : public std::runtime_error
{
public:
	/* A code of 0 would be no fault: it is `uncaught`. */
	fault(int code, const std::string &detail)
	    : std::runtime_error(detail), code_(code != 0 ? code : uncaught)
	{
	}

	int code() const noexcept
	{
		return code_;
	}

private:
	int code_;
};

/* This process as a worker. */
class worker
{
public:
	explicit worker(belfry_worker *self) noexcept : self_(self)
	{
	}

	/* In the pool, from 0. Any thread. */
	int index() const noexcept
	{
		return belfry_worker_index(self_);
	}

	/* Has it been asked to end? Any thread. */
	bool leaving() const noexcept
	{
		return belfry_worker_leaving(self_) != 0;
	}

	/* Has the caller given up the request in hand? Any thread. */
	bool abandoned() const noexcept
	{
		return belfry_request_abandoned(self_) != 0;
	}

	/* What belfry-host was given after MODULE.so; ends with nullptr. Any thread. */
	char **arguments() const noexcept
	{
		return belfry_worker_arguments(self_, nullptr);
	}

	/* For the functions of worker.h. */
	belfry_worker *get() const noexcept
	{
		return self_;
	}

private:
	belfry_worker *self_;
};

/* The request in hand. Its bytes are valid until the handler returns. */
class request
{
public:
	explicit request(const belfry_request &record) noexcept : record_(record)
	{
	}

	std::uint64_t id() const noexcept
	{
		return record_.id;
	}

	std::uint32_t type() const noexcept
	{
		return record_.type;
	}

	/* From 1. */
	std::uint32_t attempt() const noexcept
	{
		return record_.attempt;
	}

	/* Aligned to 8. */
	const void *data() const noexcept
	{
		return record_.data;
	}

	std::size_t size() const noexcept
	{
		return record_.size;
	}

	std::string_view text() const noexcept
	{
		return {static_cast<const char *>(record_.data), record_.size};
	}

private:
	const belfry_request &record_;
};

/* The reply to it, empty unless it is written or committed. Published when the handler returns. */
class reply
{
public:
	explicit reply(belfry_worker *worker) noexcept : worker_(worker)
	{
	}

	reply(const reply &) = delete;
	reply &operator=(const reply &) = delete;

	/* Memory in the ring for up to `size` bytes, with unspecified content. Aligned to 8. */
	void *claim(std::size_t size)
	{
		void *const memory = belfry_reply_claim(worker_, size);

		if (memory == nullptr)
			throw std::system_error(errno, std::generic_category(),
						"belfry_reply_claim");
		claimed_ = true;
		room_ = size;
		size_ = 0;
		return memory;
	}

	/* So many of the claimed bytes are the reply. */
	void commit(std::size_t size)
	{
		if (!claimed_ || size > room_)
			throw std::system_error(EINVAL, std::generic_category(),
						"belfry::reply::commit");
		size_ = size;
	}

	/* A copy of these bytes, instead of what was written before. */
	void write(std::string_view bytes)
	{
		void *const memory = claim(bytes.size());

		if (!bytes.empty())
			std::memmove(memory, bytes.data(), bytes.size());
		size_ = bytes.size();
	}

	/* The largest reply in bytes. */
	std::size_t max() const noexcept
	{
		return belfry_reply_max(worker_);
	}

	/* For the wrapper, behind the handler. Returns its code. */
	int finish() noexcept
	{
		return claimed_ ? -belfry_reply_commit(worker_, size_) : 0;
	}

private:
	belfry_worker *worker_;
	bool claimed_ = false;
	std::size_t room_ = 0;
	std::size_t size_ = 0;
};

namespace detail
{

inline int fail(belfry_worker *worker, int code, const char *text) noexcept
{
	belfry_reply(worker, text, std::min(std::strlen(text), belfry_reply_max(worker)));
	return code;
}

inline int code_of(const std::system_error &error) noexcept
{
	const std::error_code &code = error.code();
	const bool is_errno = code.category() == std::generic_category() ||
			      code.category() == std::system_category();

	return is_errno && code.value() > 0 ? code.value() : uncaught;
}

template <class Handler>
void call(Handler &handler, const request &request, reply &reply)
{
	if constexpr (std::is_invocable_v<Handler &, const belfry::request &, belfry::reply &>)
		handler(request, reply);
	else
		reply.write(handler(request));
}

template <class Handler>
int process(belfry_worker *worker, void *state, const belfry_request *record) noexcept
{
	reply reply(worker);

	try {
		call(*static_cast<Handler *>(state), request(*record), reply);
		return reply.finish();
	} catch (const fault &thrown) {
		return fail(worker, thrown.code(), thrown.what());
	} catch (const std::system_error &thrown) {
		return fail(worker, code_of(thrown), thrown.what());
	} catch (const std::bad_alloc &thrown) {
		return fail(worker, ENOMEM, thrown.what());
	} catch (const std::exception &thrown) {
		return fail(worker, uncaught, thrown.what());
	} catch (...) {
		return fail(worker, uncaught, "an exception that is no std::exception");
	}
}

template <class Handler>
Handler *construct(belfry_worker *self)
{
	if constexpr (std::is_constructible_v<Handler, const worker &>)
		return new Handler(worker(self));
	else
		return new Handler();
}

inline int refuse(const char *text) noexcept
{
	std::fprintf(stderr, "the worker's constructor: %s\n", text);
	return 1;
}

template <class Handler>
int init(belfry_worker *self, void **state) noexcept
{
	try {
		*state = construct<Handler>(self);
		return 0;
	} catch (const std::exception &thrown) {
		return refuse(thrown.what());
	} catch (...) {
		return refuse("an exception that is no std::exception");
	}
}

template <class Handler>
void fini(belfry_worker *, void *state) noexcept
{
	delete static_cast<Handler *>(state);
}

/* The handler of `run`, which its caller owns. */
template <class Handler> inline Handler *given = nullptr;

template <class Handler>
int init_given(belfry_worker *, void **state) noexcept
{
	/* `process` gives it its own type back, const or not. */
	*state = const_cast<std::remove_const_t<Handler> *>(given<Handler>);
	return 0;
}

} // namespace detail

/* A class as a module: of a shared object for belfry-host, or for belfry_worker_run. */
template <class Handler>
constexpr belfry_module module() noexcept
{
	return BELFRY_MODULE(detail::init<Handler>, detail::process<Handler>,
			     detail::fini<Handler>);
}

/* The whole of main, with a class: returns the exit status, as belfry_worker_run does. */
template <class Handler>
int run()
{
	constexpr belfry_module module = belfry::module<Handler>();

	return belfry_worker_run(&module);
}

/* The same with a function object, which it calls in place. */
template <class Handler>
int run(Handler &&handler)
{
	using Called = std::remove_reference_t<Handler>;
	constexpr belfry_module module =
		BELFRY_MODULE(detail::init_given<Called>, detail::process<Called>, nullptr);

	detail::given<Called> = std::addressof(handler);
	return belfry_worker_run(&module);
}

} // namespace belfry

#endif
