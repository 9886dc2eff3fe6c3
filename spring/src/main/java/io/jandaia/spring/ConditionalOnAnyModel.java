package io.jandaia.spring;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Conditional;

/** Holds when the settings name a model of either kind. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Conditional(ConditionalOnAnyModel.AnyModel.class)
@interface ConditionalOnAnyModel {

    /** Either setting. */
    final class AnyModel extends AnyNestedCondition {

        AnyModel() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        /** The one that answers. */
        @ConditionalOnProperty("jandaia.model")
        static final class Answers {}

        /** The one of vectors. */
        @ConditionalOnProperty("jandaia.embedding-model")
        static final class Vectors {}
    }
}
