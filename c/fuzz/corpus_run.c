/* Without libFuzzer: runs each named file, and random changes of it. */
#include "../tests/check.h"
#include "../tests/random.h"

#include <string.h>

enum { CHANGES = 400, MOST = 128 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t input[MOST], changed[MOST];

/* Changes one byte, or a word such as a cursor, or shortens the input. */
static size_t change(size_t size)
{
	static const uint64_t words[] = {0, 1, 7, 24, 65536, 65472, UINT32_MAX, UINT64_MAX};
	uint64_t word = words[random_below(sizeof words / sizeof *words)];
	const size_t at = random_below((uint32_t)size - 8);

	switch (random_below(4)) {
	case 0:
		changed[at] = (uint8_t)random_next();
		return size;
	case 1:
		memcpy(changed + at / 4 * 4 + 2, &word, 4);
		return size;
	case 2:
		memcpy(changed + at / 8 * 8 + 2, &word, 6);
		return size;
	default:
		return size - random_below(64);
	}
}

int main(int count, char **files)
{
	random_seed();
	for (int i = 1; i < count; i++) {
		FILE *file = fopen(files[i], "rb");
		size_t size;

		CHECK(file != NULL);
		size = fread(input, 1, sizeof input, file);
		CHECK(size > 100 && size < MOST - 8);
		fclose(file);
		LLVMFuzzerTestOneInput(input, size);
		for (int n = 0; n < CHANGES; n++) {
			size_t length = size;

			memcpy(changed, input, size);
			for (uint32_t more = random_below(3); more < 3; more++)
				length = change(length > 128 ? length : 128);
			LLVMFuzzerTestOneInput(changed, length);
		}
	}
	printf("%d files, each with %d changes\n", count - 1, CHANGES);
	return 0;
}
