package io.jandaia.model.quantization;

import io.jandaia.model.format.Config;
import io.jandaia.model.format.Gguf;
import io.jandaia.model.format.GgufValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a GGUF file is written from: another one, or a model of another layout while it is converted. */
public interface GgufSource extends AutoCloseable {

    /** Where it is, for messages. */
    Path path();

    String architecture();

    /** The keys of the architecture without their prefix. */
    Config config();

    Map<String, GgufValue> metadata();

    /** The tensors; valid until {@link #close}. */
    List<SourceTensor> tensors();

    /** What is lost on the way, a sentence each. */
    List<String> notes();

    @Override
    void close();

    /** A GGUF file that is there. */
    static GgufSource open(Path path) {
        Gguf file = Gguf.open(path);
        return new GgufSource() {
            @Override
            public Path path() {
                return path;
            }

            @Override
            public String architecture() {
                return file.architecture();
            }

            @Override
            public Config config() {
                return file.config();
            }

            @Override
            public Map<String, GgufValue> metadata() {
                return file.values();
            }

            @Override
            public List<SourceTensor> tensors() {
                file.unsupported().keySet().forEach(file::tensor); // says what the first is
                return file.tensors().values().stream().map(SourceTensor::of).toList();
            }

            @Override
            public List<String> notes() {
                return List.of();
            }

            @Override
            public void close() {
                file.close();
            }
        };
    }
}
