package io.jandaia.server;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelStore;
import io.jandaia.model.StoredModel;
import io.jandaia.model.hub.Hub;
import io.jandaia.model.hub.HubSettings;
import io.jandaia.model.hub.ModelName;
import io.jandaia.model.hub.PullListener;
import io.jandaia.model.hub.PullPlan;
import io.jandaia.model.hub.Removal;
import io.jandaia.model.hub.Selection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The models of this machine, the starter first. */
public final class StoredModels implements Catalog {

    private final ModelStore store;
    private final LoadOptions options;
    private final @Nullable HubSettings hub;

    /**
     * @param options with which they are loaded
     * @param hub where requests may have models pulled from, into the store's cache; null = nowhere
     */
    public StoredModels(ModelStore store, LoadOptions options, @Nullable HubSettings hub) {
        this.store = store;
        this.options = options;
        this.hub = hub;
    }

    @Override
    public List<ModelSource> list() {
        List<ModelSource> all = new ArrayList<>();
        for (StoredModel m : store.models()) {
            ModelSource source = source(m.name(), m);
            if (m.name().equals(ModelStore.STARTER)) {
                all.addFirst(source);
            } else {
                all.add(source);
            }
        }
        return all;
    }

    @Override
    public Optional<ModelSource> find(String name) {
        Optional<Path> path = store.named(name);
        if (path.isEmpty()) {
            return Optional.empty();
        }
        Optional<ModelSource> listed = store.models().stream()
                .filter(m -> m.path().equals(path.get()))
                .findFirst()
                .map(m -> source(m.name(), m));
        // what is not the usual revision is not listed
        return listed.or(() -> Optional.of(ModelSource.of(spelled(name), 0, path.get(), 0, options)));
    }

    /** Of several ways to write a name, one. */
    private static String spelled(String name) {
        return ModelName.of(name).map(ModelName::toString).orElse(name);
    }

    @Override
    public void delete(String name) {
        Path path = store.named(name).orElse(null);
        if (path != null && !path.startsWith(store.cache())) {
            throw ApiException.of(
                    403,
                    "model_not_in_cache",
                    "The model '" + name + "' came with Jandaia and is not removed by requests.");
        }
        Removal.plan(store.cache(), ModelName.parse(name)).run();
    }

    @Override
    public void pull(String name, Consumer<PullPlan> begin, PullListener listener) {
        if (hub == null) {
            throw ApiException.of(
                    403,
                    "pull_not_allowed",
                    "Pulling a model fetches it from the network, which this server was not started for. Start it with"
                            + " --allow-pull, or run 'jandaia pull' on its machine; no restart is needed then.");
        }
        ModelName model = ModelName.of(name).filter(ModelName::owned).orElse(null);
        if (model == null) {
            throw ApiException.field(
                    "model",
                    "The name of the model is no name on the Hugging Face Hub; expected org/name, org/name@revision or"
                            + " org/name:Q4_K_M. Names of Ollama's library are not known here.");
        }
        try (Hub open = Hub.open(hub)) {
            PullPlan plan = open.plan(model, Selection.USUAL);
            begin.accept(plan);
            open.pull(plan, listener);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw WorkList.ending();
        }
    }

    private ModelSource source(String name, StoredModel m) {
        return ModelSource.of(name, m.modified().getEpochSecond(), m.path(), m.size(), options);
    }
}
