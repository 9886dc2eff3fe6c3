package io.jandaia;

import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.ModelStore;

/** Opens models. */
public final class Jandaia {

    private Jandaia() {}

    /**
     * Opens a model: a {@code .gguf} file, a folder as the Hugging Face Hub lays it out, or the name of a model that is
     * here. Close it when done.
     *
     * @throws io.jandaia.error.JandaiaException NOT_FOUND names what is here, FORMAT and UNSUPPORTED say what is wrong
     */
    public static Model load(String model) {
        return load(model, LoadOptions.DEFAULT);
    }

    public static Model load(String model, LoadOptions options) {
        return Model.open(ModelStore.local().find(model), options);
    }
}
