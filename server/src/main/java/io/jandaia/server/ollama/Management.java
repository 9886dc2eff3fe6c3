package io.jandaia.server.ollama;

import io.jandaia.model.hub.PullListener;
import io.jandaia.model.hub.PullPlan;
import io.jandaia.server.ApiException;
import io.jandaia.server.EventStream;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Routes;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /api/pull} and {@code DELETE /api/delete}; what this version does not have is refused. */
final class Management {

    private final Models models;

    private Management(Models models) {
        this.models = models;
    }

    static void addTo(Routes routes, Models models) {
        Management management = new Management(models);
        routes.manageAtLength("/api/pull", management::pull)
                .manage("DELETE", "/api/delete", management::delete)
                .manage("POST", "/api/delete", management::delete);
        for (String path : new String[] {"/api/push", "/api/blobs/*"}) {
            routes.manage("POST", path, x -> {
                throw ApiException.of(
                        400,
                        "unsupported",
                        "Files of models are neither uploaded nor pushed. 'jandaia pull' and /api/pull bring models of the Hub"
                                + " here, and /api/create makes models of them.");
            });
        }
    }

    private void delete(Exchange x) throws IOException {
        Fields f = x.fields();
        String name = Ollama.name(f);
        x.complete(f);
        models.delete(Ollama.find(x, models, name).name());
        x.json(Exchange.object());
    }

    private void pull(Exchange x) throws IOException {
        Fields f = x.fields();
        String name = Ollama.name(f);
        boolean stream = f.flag("stream", true);
        if (f.flag("insecure", false)) {
            throw ApiException.unsupported(
                    "insecure", "Pulling without checking who answers is not something this has.");
        }
        x.complete(f);
        Progress progress = new Progress(x, stream);
        try {
            models.pull(name, progress::begin, progress);
            progress.end();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Tells of a pull in Ollama's lines; the bar is one, for all files together. */
    private static final class Progress implements PullListener {
        private final Exchange x;
        private final boolean stream;
        private @Nullable EventStream lines;
        private String status = "";
        private String commit = "";

        Progress(Exchange x, boolean stream) {
            this.x = x;
            this.stream = stream;
        }

        void begin(PullPlan plan) {
            commit = plan.commit();
            status = "pulling " + plan.model();
            say(Exchange.object().put("status", "pulling manifest"));
            plan.notes().forEach(note -> say(Exchange.object().put("status", note)));
        }

        @Override
        public void waiting(String holder) {
            say(Exchange.object().put("status", "waiting for " + holder));
        }

        @Override
        public void at(long done, long total) {
            say(Exchange.object()
                    .put("status", status)
                    .put("digest", commit)
                    .put("total", total)
                    .put("completed", done));
        }

        /** @throws ApiException when nobody waits for it any more: what came is kept */
        private void say(ObjectNode line) {
            x.checkWaiting();
            if (!stream) {
                return;
            }
            try {
                EventStream to = lines == null ? x.lines() : lines;
                lines = to;
                to.send(line);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void end() throws IOException {
            ObjectNode success = Exchange.object().put("status", "success");
            if (!stream) {
                x.json(success);
                return;
            }
            say(success);
            if (lines != null) {
                lines.close();
            }
        }
    }
}
