package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Every golden file against what the Python libraries read from it (tensors.txt: type, shape and CRC-32 of the bytes). */
class GoldenFilesTest {

    private static final Path GOLDEN = Path.of("../../shared/golden");

    @Test
    void tensorsAreThoseThatTheReferenceReads() throws IOException {
        if (!Files.isDirectory(GOLDEN)) {
            System.out.println("NOT RUN: reading the golden files needs ../shared/golden");
        }
        Assumptions.assumeTrue(Files.isDirectory(GOLDEN));
        Map<String, Map<String, String>> expected = new HashMap<>();
        try (var in = GoldenFilesTest.class.getResourceAsStream("tensors.txt")) {
            assertThat(in).isNotNull();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                String[] f = line.split(" ", 3);
                expected.computeIfAbsent(f[0], k -> new HashMap<>()).put(f[1], f[2]);
            }
        }
        assertThat(expected).hasSizeGreaterThan(30);
        expected.forEach((name, tensors) -> {
            try (ModelFile file = ModelFile.open(GOLDEN.resolve(name))) {
                Map<String, String> found = new HashMap<>();
                for (StoredTensor t : file.tensors().values()) {
                    found.put(t.name(), t.type() + " " + shape(t) + " " + crc(t.data()));
                }
                file.unsupported()
                        .forEach((tensor, type) -> assertThat(tensors.remove(tensor))
                                .as("%s %s", name, tensor)
                                .startsWith(type + " "));
                assertThat(found).as(name).isEqualTo(tensors);
            }
        });
    }

    @Test
    void everyHubFolderOpens() throws IOException {
        if (!Files.isDirectory(GOLDEN)) {
            System.out.println("NOT RUN: opening the golden folders needs ../shared/golden");
        }
        Assumptions.assumeTrue(Files.isDirectory(GOLDEN));
        List<Path> folders;
        try (Stream<Path> list = Files.list(GOLDEN.resolve("models"))) {
            folders = list.toList();
        }
        assertThat(folders).hasSizeGreaterThan(50);
        for (Path folder : folders) {
            try (ModelFolder model = ModelFolder.open(folder)) {
                assertThat(model.config().text().string("model_type")).isNotEmpty();
                assertThat(model.file().tensors()).as("%s", folder).isNotEmpty();
                assertThat(model.file().unsupported()).as("%s", folder).isEmpty();
            }
        }
    }

    private static String shape(StoredTensor t) {
        return Arrays.stream(t.shape()).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    }

    private static String crc(MemorySegment data) {
        CRC32 crc = new CRC32();
        crc.update(data.toArray(ValueLayout.JAVA_BYTE));
        return String.format("%08x", crc.getValue());
    }
}
