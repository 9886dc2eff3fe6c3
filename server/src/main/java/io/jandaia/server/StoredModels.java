package io.jandaia.server;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelStore;
import io.jandaia.model.StoredModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The models of this machine, the starter first. */
public final class StoredModels implements Catalog {

    private final ModelStore store;
    private final LoadOptions options;

    /** @param options with which they are loaded */
    public StoredModels(ModelStore store, LoadOptions options) {
        this.store = store;
        this.options = options;
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
        return listed.or(() -> Optional.of(ModelSource.of(name, 0, path.get(), 0, options)));
    }

    private ModelSource source(String name, StoredModel m) {
        return ModelSource.of(name, m.modified().getEpochSecond(), m.path(), m.size(), options);
    }
}
