package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.internal.sys.CStrings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The missing loader of ELF files, also of those that this machine executes none of. */
class InterpreterTest {
    private static final int CLASS_64 = 2;
    private static final int BIG_ENDIAN = 2;
    private static final int PT_LOAD = 1;
    private static final int PT_INTERP = 3;
    private static final int TABLE_AT = 64;
    private static final int NAME_AT = 300;
    private static final String LOADER = "/no/such/loader";

    @TempDir
    Path temp;

    /** Its second segment names the loader, at an offset that isn't its address. */
    private static byte[] elf(int elfClass, int byteOrder) {
        boolean wide = elfClass == CLASS_64;
        ByteBuffer file = ByteBuffer.allocate(NAME_AT + LOADER.length() + 1);
        file.order(byteOrder == BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        file.put(CStrings.utf8("\177ELF")).put((byte) elfClass).put((byte) byteOrder);
        int size = wide ? 56 : 32;
        file.putShort(wide ? 54 : 42, (short) size).putShort(wide ? 56 : 44, (short) 2);
        int second = TABLE_AT + size;
        file.putInt(TABLE_AT, PT_LOAD).putInt(second, PT_INTERP);
        if (wide) {
            file.putLong(32, TABLE_AT).putLong(second + 8, NAME_AT);
        } else {
            file.putInt(28, TABLE_AT).putInt(second + 4, NAME_AT);
        }
        return file.put(NAME_AT, CStrings.utf8(LOADER)).array();
    }

    private String missing(byte[] content) throws Exception {
        Path file = Files.write(temp.resolve("elf"), content);
        return Interpreter.missing(CStrings.path(file), null);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "2, 1", "2, 2"})
    void itIsFoundInEveryClassAndByteOrder(int elfClass, int byteOrder) throws Exception {
        assertThat(missing(elf(elfClass, byteOrder))).isEqualTo(LOADER);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1"})
    void aFileThatEndsBeforeItsNameDoesNamesNone(int elfClass, int byteOrder) throws Exception {
        byte[] whole = elf(elfClass, byteOrder);
        for (int length = 0; length < whole.length; length++) {
            assertThat(missing(Arrays.copyOf(whole, length))).as(length + " bytes").isNull();
        }
    }
}
