package io.jandaia.server;

/** Whether the process lives, and whether it can take work now. */
final class Health {
    private Health() {}

    static void addTo(Routes routes, Models models, WorkList works) {
        Endpoint ready = exchange -> {
            if (works.draining()) {
                throw WorkList.ending();
            }
            if (!models.ready()) {
                throw ApiException.later(503, "model_loading", 1, "The models are being loaded.");
            }
            exchange.json(Exchange.object().put("status", "ok"));
        };
        routes.get("/health/live", exchange -> exchange.json(Exchange.object().put("status", "ok")));
        routes.get("/health/ready", ready);
        routes.get("/health", ready);
    }
}
