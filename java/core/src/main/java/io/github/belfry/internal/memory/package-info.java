/** Memory that is mapped: files, memfds and ranges of addresses. */
@NullMarked
package io.github.belfry.internal.memory;

import org.jspecify.annotations.NullMarked;
