/** On real mappings; a crash would be that of the VM that runs the tests. */
@NullMarked
package io.github.belfry.ffm;

import org.jspecify.annotations.NullMarked;
