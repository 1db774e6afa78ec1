"""``spacy bioner ask``: answers a question from texts."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def ask(
    model: Annotated[str, Argument(help="Folder or package of a pipeline with bioner_answers", show_default=False)],
    question: Annotated[str, Argument(help="The question, in quotation marks", show_default=False)],
    files: Annotated[
        list[str],
        Argument(
            metavar="FILES...", help="Texts to search for answers: files or folders of any format", show_default=False
        ),
    ],
    best: Annotated[int, Option(help="Number of answers to show", min=1)] = 5,
    format: options.Format = None,
    unit: options.Unit = None,
    on_error: options.OnError = "error",
    output: options.Figures = None,
    gpu_id: options.Gpu = -1,
) -> None:
    """Answer a question from texts: show the best answers, their probabilities, and their context.

    If several texts give the same answer, its probability is the sum over these texts, divided by the number of texts.

    Example:

    spacy bioner ask training/squad/model-best "What lowers the heart rate?" letters/ --best 3
    """
    from wasabi import msg

    from ..errors import BionerError
    from ..formats import ProblemLog, read
    from ..pipeline.answers.ask import ask as run
    from ..pipeline.load import load_pipeline
    from ..text_tables import aligned

    options.check_outputs(output, data=files)
    options.use_gpu(gpu_id)
    report = ProblemLog(on_error)
    documents = list(read(files, format, report, unit=unit))
    options.print_problems(report)
    if not any(document.text.strip() for document in documents):
        raise BionerError("B860", files=", ".join(files))
    nlp = load_pipeline(model)
    replies = run(nlp, question, [document.text for document in documents], best)
    rows = []
    records = []
    for reply in replies:
        document = documents[reply.context]
        name = document.id or str(reply.context + 1)
        before, after = document.text[max(0, reply.start - 30) : reply.start], document.text[reply.end : reply.end + 30]
        shown = " ".join(f"{before}[{document.text[reply.start : reply.end]}]{after}".split())
        rows.append((reply.text, f"{100 * reply.score:.1f}%", name, shown))
        place = {"document": name, "start": reply.start, "end": reply.end}
        records.append({"text": reply.text, "score": reply.score, **place})
    if replies:
        print(aligned(("answer", "score", "text", "where"), rows))
    else:
        msg.warn("no text has an answer")
    options.write_figures(output, {"question": question, "answers": records})
