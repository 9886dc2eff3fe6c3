package io.jandaia.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.internal.InternalStreamingChatResponseHandlerUtils;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.Reply;
import io.jandaia.model.answer.AnswerPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** A model in this process that answers piece by piece. Handlers are called by a thread of the answer's own. */
public final class JandaiaStreamingChatModel implements StreamingChatModel {

    private final Model model;
    private final GenerateOptions options;

    public JandaiaStreamingChatModel(Model model) {
        this(model, GenerateOptions.DEFAULT);
    }

    /**
     * @param model stays the caller's to close
     * @param options for what a request leaves open
     */
    public JandaiaStreamingChatModel(Model model, GenerateOptions options) {
        this.model = model;
        this.options = options;
    }

    /** Returns at once; what goes wrong is told to the handler, as {@link JandaiaChatModel#doChat} would throw it. */
    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        Thread.ofVirtual().name("jandaia-answer").start(() -> answer(request, handler));
    }

    // Whatever it is, the handler is told; an answer that never ends would be worse.
    @SuppressWarnings("CatchingUnchecked")
    private void answer(ChatRequest request, StreamingChatResponseHandler handler) {
        Reply.Whole whole;
        try {
            Reply reply = Requests.reply(model, options, request);
            Pieces pieces = new Pieces(handler, new Handle(reply));
            whole = reply.read(pieces);
            pieces.end();
        } catch (Exception e) {
            InternalStreamingChatResponseHandlerUtils.withLoggingExceptions(() -> handler.onError(e));
            return;
        }
        InternalStreamingChatResponseHandlerUtils.onCompleteResponse(handler, Responses.of(model, whole));
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }

    /** What the handler may cancel with. */
    private static final class Handle implements StreamingHandle {
        private final Reply reply;
        private volatile boolean cancelled;

        Handle(Reply reply) {
            this.reply = reply;
        }

        @Override
        public void cancel() {
            cancelled = true;
            reply.cancel();
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }
    }

    /** Tells the handler what comes. */
    private static final class Pieces implements Consumer<AnswerPart> {
        private final StreamingChatResponseHandler handler;
        private final Handle handle;
        private final List<AnswerPart.CallStart> starts = new ArrayList<>();
        private final StringBuilder arguments = new StringBuilder();

        Pieces(StreamingChatResponseHandler handler, Handle handle) {
            this.handler = handler;
            this.handle = handle;
        }

        @Override
        public void accept(AnswerPart part) {
            if (handle.isCancelled()) {
                return;
            }
            switch (part) {
                case AnswerPart.Reasoning r ->
                    InternalStreamingChatResponseHandlerUtils.onPartialThinking(handler, r.text(), handle);
                case AnswerPart.Content c ->
                    InternalStreamingChatResponseHandlerUtils.onPartialResponse(handler, c.text(), handle);
                case AnswerPart.CallStart s -> {
                    end();
                    starts.add(s);
                }
                case AnswerPart.CallArguments a -> {
                    arguments.append(a.json());
                    AnswerPart.CallStart start = starts.getLast();
                    InternalStreamingChatResponseHandlerUtils.onPartialToolCall(
                            handler,
                            PartialToolCall.builder()
                                    .index(a.call())
                                    .id(start.id())
                                    .name(start.name())
                                    .partialArguments(a.json())
                                    .build(),
                            handle);
                }
            }
        }

        /** The call that was being given, if any, is whole. */
        void end() {
            if (arguments.isEmpty() || handle.isCancelled()) {
                return;
            }
            AnswerPart.CallStart start = starts.getLast();
            InternalStreamingChatResponseHandlerUtils.onCompleteToolCall(
                    handler,
                    new CompleteToolCall(
                            start.call(),
                            ToolExecutionRequest.builder()
                                    .id(start.id())
                                    .name(start.name())
                                    .arguments(arguments.toString())
                                    .build()));
            arguments.setLength(0);
        }
    }
}
