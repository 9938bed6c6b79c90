/** The system: native methods and how they are loaded, errno, C strings, threads. */
@NullMarked
package io.github.belfry.internal.sys;

import org.jspecify.annotations.NullMarked;
