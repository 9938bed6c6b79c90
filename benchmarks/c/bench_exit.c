/* The program that the start benchmarks start. */
int main(void)
{
	return 0;
}
