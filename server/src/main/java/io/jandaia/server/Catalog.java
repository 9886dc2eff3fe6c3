package io.jandaia.server;

import io.jandaia.model.hub.PullListener;
import io.jandaia.model.hub.PullPlan;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The models that requests may have loaded. */
public interface Catalog {

    /** Nothing. */
    Catalog NONE = new Catalog() {
        @Override
        public List<ModelSource> list() {
            return List.of();
        }

        @Override
        public Optional<ModelSource> find(String name) {
            return Optional.empty();
        }
    };

    /** All, in the order in which they are listed. */
    List<ModelSource> list();

    /** The model of a name; the name comes from a request and is never a path. */
    Optional<ModelSource> find(String name);

    /**
     * Removes a model's files.
     *
     * @throws ApiException 403 where that is not to be
     */
    default void delete(String name) {
        throw fixed();
    }

    /**
     * Brings a model of the Hub here, whatever of it is missing.
     *
     * @param begin hears what it will do
     * @throws ApiException 403 where that is not to be
     */
    default void pull(String name, Consumer<PullPlan> begin, PullListener listener) {
        throw fixed();
    }

    /** Why nothing changes. */
    static ApiException fixed() {
        return ApiException.of(
                403, "models_fixed", "This server has the models that it was started with. Start it without --only.");
    }
}
