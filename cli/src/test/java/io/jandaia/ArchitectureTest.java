package io.jandaia;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.jandaia.cli.Main;
import java.io.ObjectInputStream;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * Holds the arrows of docs/ARCHITECTURE.md: who may know whom, and what nobody does. The benchmarks are the only ones
 * above the command line and are not on this class path.
 */
class ArchitectureTest {
    private static final String ERROR = "io.jandaia.error..";
    private static final String TENSOR = "io.jandaia.tensor..";
    private static final String MODEL = "io.jandaia.model..";
    private static final String SERVER = "io.jandaia.server..";
    private static final String CLI = "io.jandaia.cli..";

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.jandaia");

    @Test
    void seesEveryModule() {
        assertThat(OURS.stream().map(JavaClass::getPackageName))
                .contains("io.jandaia.error", "io.jandaia.tensor", "io.jandaia.cli");
    }

    @Test
    void tensorKnowsOnlyErrorsAndTheJdk() {
        check(classes()
                .that()
                .resideInAnyPackage(ERROR, TENSOR)
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(ERROR, TENSOR, "java..", "jdk.incubator.vector..", "org.jspecify..")));
    }

    @Test
    void errorsKnowNothingOfOurs() {
        check(noClasses().that().resideInAPackage(ERROR).should().dependOnClassesThat(oursBut(ERROR)));
    }

    @Test
    void modelKnowsOnlyTensor() {
        check(noClasses().that().resideInAPackage(MODEL).should().dependOnClassesThat(oursBut(ERROR, TENSOR, MODEL)));
    }

    @Test
    void serverKnowsOnlyModels() {
        check(noClasses()
                .that()
                .resideInAPackage(SERVER)
                .should()
                .dependOnClassesThat(oursBut(ERROR, TENSOR, MODEL, SERVER)));
    }

    @Test
    void apisKnowNoWebServer() {
        check(noClasses()
                .that()
                .resideInAPackage("io.jandaia.server.*..")
                .should()
                .dependOnClassesThat(resideInAPackage("org.eclipse.jetty..")));
    }

    @Test
    void nothingKnowsTheCommandLine() {
        check(noClasses().that().resideOutsideOfPackage(CLI).should().dependOnClassesThat(resideInAPackage(CLI)));
    }

    @Test
    void tokenizerAndChatKnowNoTensors() {
        check(noClasses()
                .that()
                .resideInAnyPackage("io.jandaia.model.tokenizer..", "io.jandaia.model.chat..")
                .should()
                .dependOnClassesThat(resideInAPackage(TENSOR)));
    }

    @Test
    void theHubKnowsOnlyErrors() {
        check(noClasses()
                .that()
                .resideInAPackage("io.jandaia.model.hub..")
                .should()
                .dependOnClassesThat(oursBut(ERROR, "io.jandaia.model.hub..")));
    }

    @Test
    void architecturesKnowNoBlockFormatsAndNoKernels() {
        check(noClasses()
                .that()
                .resideInAPackage("io.jandaia.model.arch..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.jandaia.tensor.format..", "io.jandaia.tensor.kernel..")));
    }

    @Test
    void everyPackageIsNullMarked() {
        List<String> unmarked = OURS.stream()
                .map(JavaClass::getPackage)
                .distinct()
                .filter(p -> !p.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .sorted()
                .toList();
        assertThat(unmarked)
                .as("packages without a package-info.java marked @NullMarked")
                .isEmpty();
    }

    @Test
    void namesAreNouns() {
        check(noClasses()
                .should()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveNameMatching("(.*[.$])(Base|Abstract)[A-Z][^.$]*"));
    }

    @Test
    void noStateHidesInThreads() {
        check(noFields()
                .should()
                .haveRawType(DescribedPredicate.describe(
                        "ThreadLocal", (JavaClass type) -> type.isAssignableTo(ThreadLocal.class))));
    }

    @Test
    void nothingReadsSerialisedObjects() {
        check(noClasses().should().dependOnClassesThat().areAssignableTo(ObjectInputStream.class));
    }

    @Test
    void onlyMainEndsTheProcess() {
        check(noClasses()
                .that()
                .doNotBelongToAnyOf(Main.class)
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class));
    }

    /** A rule about a package that does not exist yet holds. */
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(OURS);
    }

    private static DescribedPredicate<JavaClass> oursBut(String... packages) {
        return resideInAPackage("io.jandaia..").and(not(resideInAnyPackage(packages)));
    }
}
