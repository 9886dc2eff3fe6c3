package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.Dialogue;
import io.jandaia.model.Reply;
import io.jandaia.model.answer.AnswerParser;
import io.jandaia.model.answer.AnswerPart;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.TokenEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The answers of one request, computed together and read at the same time, so that none waits for another's reader. */
public final class Choices {

    /** Told of each event, by several threads at once, but of one choice by one. */
    @FunctionalInterface
    public interface Listener {
        void event(int choice, TokenEvent event) throws IOException;
    }

    /** The same, of what answers are made of. */
    @FunctionalInterface
    public interface PartListener {
        void event(int choice, List<AnswerPart> parts, TokenEvent event) throws IOException;
    }

    private Choices() {}

    /**
     * Reads all to their end, taking each apart.
     *
     * @throws IOException when the client is gone
     */
    public static void read(Work work, List<Generation> generations, Dialogue dialogue, PartListener listener)
            throws IOException {
        List<AnswerParser> parsers =
                generations.stream().map(g -> dialogue.parser()).toList();
        read(
                work,
                generations,
                (choice, event) -> listener.event(choice, Reply.parts(parsers.get(choice), event), event));
    }

    /**
     * Reads all to their end.
     *
     * @throws IOException when the client is gone
     */
    public static void read(Work work, List<Generation> generations, Listener listener) throws IOException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < generations.size(); i++) {
                int choice = i;
                readers.add(threads.submit(() -> {
                    read(choice, generations.get(choice), work, listener);
                    return null;
                }));
            }
            for (Future<?> reader : readers) {
                try {
                    reader.get();
                } catch (ExecutionException e) {
                    generations.forEach(Generation::cancel);
                    throw e;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException r -> throw r;
                case Error error -> throw error;
                case null, default ->
                    throw new JandaiaException(
                            JandaiaException.Kind.INTERNAL, "Reading an answer failed: " + e.getCause() + ".", e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JandaiaException(JandaiaException.Kind.CANCELLED, "The answer was interrupted.", e);
        }
    }

    private static void read(int choice, Generation generation, Work work, Listener listener) throws IOException {
        for (TokenEvent e; (e = generation.next()) != null; ) {
            if (e instanceof TokenEvent.Finished f) {
                work.finished(f);
            }
            if (e instanceof TokenEvent.Finished f
                    && f.reason() == TokenEvent.FinishReason.CANCELLED
                    && work.cancelled()) {
                if (work.clientLeft()) {
                    throw new IOException("The client has left.");
                }
                throw ApiException.later(503, "cancelled", 5, "The answer was cut: the server is ending.");
            }
            listener.event(choice, e);
        }
    }
}
