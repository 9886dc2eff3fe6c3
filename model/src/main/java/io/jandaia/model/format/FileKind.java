package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** What a file is, from its first bytes. */
enum FileKind {
    GGUF,
    SAFETENSORS,
    /** A PyTorch checkpoint: a zip archive or a row of pickles. */
    TORCH,
    /** Which tensor is in which of several files of one kind. */
    INDEX;

    private static final int HEAD = 64;

    /** The kind of a readable file; otherwise an error that says what the file looks like instead. */
    static FileKind of(Path path) {
        requireFile(path);
        byte[] head;
        try (InputStream in = Files.newInputStream(path)) {
            head = in.readNBytes(HEAD);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith("GGUF")) {
            return GGUF;
        }
        // Eight bytes of length, then JSON; a length that is damaged is still reported as that of a safetensors file.
        if (head.length > 8 && head[8] == '{' && !text.chars().limit(8).allMatch(c -> c >= '\t' && c <= '~')) {
            return SAFETENSORS;
        }
        if (text.startsWith("PK\3\4")
                || (text.startsWith("\u0080") && head.length > 1 && head[1] >= 2 && head[1] <= 5)) {
            return TORCH;
        }
        if (text.stripLeading().startsWith("{")) {
            return INDEX;
        }
        throw JandaiaException.format("Cannot open " + path
                + " as a model: expected a GGUF, safetensors or PyTorch file, found " + describe(text) + ".");
    }

    /** Checks that {@code path} is a file with something in it, so that no pipe or device is waited for; its size. */
    static long requireFile(Path path) {
        if (Files.isDirectory(path)) {
            throw JandaiaException.usage("Cannot open " + path
                    + " as a model file: it is a folder; name a file in it, or open it as a model folder.");
        }
        if (!Files.exists(path)) {
            throw Files.isSymbolicLink(path)
                    ? JandaiaException.notFound("Cannot open " + path
                            + ": it is a link to a file that is not there; fetch the model again.")
                    : JandaiaException.notFound(
                            "There is no file " + path + "; check the path or fetch the model first.");
        }
        if (!Files.isRegularFile(path)) {
            throw JandaiaException.usage(
                    "Cannot open " + path + ": expected a regular file, found a device, pipe or socket.");
        }
        try {
            long size = Files.size(path);
            if (size == 0) {
                throw JandaiaException.format("Cannot open " + path
                        + ": the file is empty (0 bytes); its download probably failed, fetch it again.");
            }
            return size;
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    static JandaiaException unreadable(Path path, IOException e) {
        if (e instanceof NoSuchFileException) {
            return JandaiaException.notFound("There is no file " + path + "; check the path or fetch the model first.");
        }
        if (e instanceof ClosedByInterruptException) {
            return new JandaiaException(JandaiaException.Kind.CANCELLED, "Reading " + path + " was interrupted.", e);
        }
        return new JandaiaException(
                JandaiaException.Kind.RESOURCE,
                "Cannot read " + path + ": " + e + "; check its permissions and the disk.",
                e);
    }

    private static String describe(String head) {
        String text = head.stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs")) {
            return "a Git LFS pointer: the repository was cloned without its large files, fetch them with 'git lfs pull'"
                    + " or download the file itself";
        }
        if (text.startsWith("<")) {
            return "a web page: the address was that of a page or of an error, download the file itself";
        }
        if (head.startsWith("PK")) {
            return "a zip archive that is empty or split: fetch the file again";
        }
        if (head.startsWith("FUGG")) {
            return "a big-endian GGUF: convert it to little-endian first";
        }
        if (head.startsWith("lmgg") || head.startsWith("fmgg") || head.startsWith("tjgg")) {
            return "a GGML file of before August 2023: convert the model to GGUF again";
        }
        if (head.startsWith("\u0089HDF")) {
            return "an HDF5 file, as Keras writes: convert it to safetensors first";
        }
        if (head.startsWith("\u001f\u008b")) {
            return "a gzip archive: unpack it first";
        }
        if (head.chars().allMatch(c -> c == 0)) {
            return "zeros: the download was probably interrupted, fetch it again";
        }
        byte[] first = head.substring(0, Math.min(8, head.length())).getBytes(StandardCharsets.ISO_8859_1);
        return "something else, starting with the bytes "
                + java.util.HexFormat.ofDelimiter(" ").formatHex(first);
    }
}
