#!/usr/bin/env python3
"""Writes docs/results.md and its pictures from a study's report: tools/results_page.py STUDY COMMAND

STUDY is the study's folder, with report.json and report.html; COMMAND the line that made it, to be shown.
"""
import base64
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from browser import Browser  # noqa: E402

PICTURES = ROOT / "docs" / "results"

# Pictures of the report's figures: a file's name, the headings that lead to the figure, how its caption begins, what
# of it is shown, and what the picture shows. Each is for a family, by its title.
FIGURES = [
    ("steps-{}.png", ["{}, technique by technique", "Step by step"], "From the baseline", "svg",
     "{}: accuracy in cross-validation, step by step from the baseline to what was found"),
    ("optimizer-{}.png", ["{}, technique by technique", "Optimizer"], "Scores", "svg",
     "{}: accuracy of each optimizer in cross-validation, with its 95% interval"),
    ("learning-{}.png", ["Learning", "Best {}"], "Loss and accuracy", "figcaption ~ *",
     "{}: loss and accuracy by epoch"),
    ("confusion-{}.png", ["Confusions", "Best {}"], "Confusion matrix", "figcaption ~ *",
     "{}: confusion matrix of the test images"),
]
# Of all families together.
FIRST_IMAGES = ("first.png", ["The first six test images"], "Six images", "figcaption ~ *",
                "The first six test images, and what the best networks read")
# The box around what `shown` selects in a figure; null where there is no such figure.
FIND_FIGURE = """
const [headings, caption, shown] = arguments;
let place = document.body;
for (const text of headings) {
  const heading = [...place.querySelectorAll("h2, h3, h4")].find((each) => each.textContent === text);
  if (!heading) return null;
  place = heading.parentElement;
}
const figure = [...place.querySelectorAll("figure")].find((each) => each.textContent.startsWith(caption));
const boxes = [...(figure?.querySelectorAll(shown) ?? [])].map((each) => each.getBoundingClientRect());
if (boxes.length === 0) return null;
const [left, top] = [Math.min(...boxes.map((box) => box.left)), Math.min(...boxes.map((box) => box.top))];
const [right, bottom] = [Math.max(...boxes.map((box) => box.right)), Math.max(...boxes.map((box) => box.bottom))];
return {x: left + window.scrollX, y: top + window.scrollY, width: right - left, height: bottom - top};
"""


def percent(share):
    return f"{100 * share:.2f}"


def interval(pair):
    return f"[{percent(pair[0])}, {percent(pair[1])}]"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" if i == 0 else "---:" for i in range(len(head))) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def spread(value):
    return percent(value["mean"]) + ("" if value["deviation"] is None else f" ± {percent(value['deviation'])}")


def result_table(study):
    rows = []
    for family in study["families"]:
        for role in ("baseline", "best"):
            final = family[role]
            rows.append([f"{role} {family['title']}", f"{spread(final['accuracy'])} {interval(final['accuracy_interval'])}",
                         spread(final["macro_precision"]), spread(final["macro_recall"]), spread(final["macro_f1"]),
                         f"{final['parameters']:,}", f"{final['training_seconds']['mean']:.0f} s",
                         f"{final['images_per_second']['mean']:,.0f}"])
    return table(["configuration", "accuracy, %", "precision, %", "recall, %", "F1, %", "parameters", "training time",
                  "images/s"], rows)


def path_table(family):
    rows = []
    for round_ in family["rounds"]:
        chosen = next(option for option in round_["options"] if option["chosen"])
        lead = round_["lead"]
        rows.append([round_["technique"], chosen["name"] + (" (as before)" if chosen["before"] else ""),
                     f"{percent(chosen['mean'])} {interval(chosen['interval'])}",
                     "" if round_["gain"] is None or chosen["before"] else f"{100 * round_['gain']['mean']:+.2f}",
                     round_["runner_up"] or "",
                     "" if lead is None else f"{100 * lead['mean']:+.2f} {interval(lead['interval'])}",
                     "" if lead is None else lead["verdict"]])
    return table(["technique", "chosen", "accuracy, %", "gain", "runner-up", "lead, points", "verdict"], rows)


def options_table(family):
    rows = []
    for round_ in family["rounds"]:
        for option in round_["options"]:
            difference = option["difference_from_chosen"]
            verdict = "" if difference is None else difference["verdict"].replace("better", "worse")
            state = "chosen" if option["chosen"] else verdict or option["status"]
            beside = "" if difference is None else f"{100 * difference['mean']:+.2f} on {difference['folds']} folds"
            score = "" if option["mean"] is None or option["status"] == "dropped" else percent(option["mean"])
            rows.append([round_["technique"], option["name"], score, beside,
                         f"{option['learning_rate']:.3g}", state])
    return table(["technique", "option", "accuracy, %", "difference, points", "learning rate", ""], rows)


def differences_table(report):
    return table(["first", "second", "difference, points", "verdict", "McNemar's p"],
                 [[row["a"], row["b"],
                   f"{100 * row['mean']:+.2f}" + ("" if row["interval"] is None else f" {interval(row['interval'])}"),
                   {"better": f"{row['a']} is better", "worse": f"{row['b']} is better"}.get(row["verdict"], "undecided"),
                   f"{pair['p_value']:.2g}"]
                  for row, pair in zip(report["differences"], report["pairs"])])


def confusions_table(model):
    return table(["pair", "one way", "the other way"],
                 [[f"{pair['a']} and {pair['b']}", f"{pair['a']} read as {pair['b']}: {pair['a_as_b']} of {pair['a_images']}",
                   f"{pair['b']} read as {pair['a']}: {pair['b_as_a']} of {pair['b_images']}"]
                  for pair in model["confused_pairs"]])


def take_picture(browser, title, name, headings, caption, part, text):
    """Returns Markdown that shows it."""
    path = PICTURES / name.format(title.lower())
    box = browser.run(FIND_FIGURE, [heading.format(title) for heading in headings], caption, part)
    if box is None:
        sys.exit(f"the report has no figure '{caption}' under {headings}, for {title}")
    shot = browser.devtools("Page.captureScreenshot", captureBeyondViewport=True, clip={**box, "scale": 1})
    path.write_bytes(base64.b64decode(shot["data"]))
    return f"![{text.format(title)}](results/{path.name})"


def take_pictures(study_folder, titles):
    """Returns Markdown by the family's title and the picture's file name."""
    PICTURES.mkdir(exist_ok=True)
    with Browser(width=1000) as browser:
        browser.open((study_folder / "report.html").resolve().as_uri())
        shown = {(title, figure[0]): take_picture(browser, title, *figure) for title in titles for figure in FIGURES}
        shown[FIRST_IMAGES[0]] = take_picture(browser, "", *FIRST_IMAGES)
    return shown


def page(report, command, pictures):
    study = report["study"]
    machine = report["models"][0]["made"]["machine"]
    parts = [f"""# Results of the {study['budget']} study

```sh
{command}
```

`tools/results_page.py` wrote this page from that study's report; the report itself says more. The data are the split `{report['data']['split']}`: {report['data']['train_images']:,} images to learn from and {report['data']['test_images']:,} to test by, real EMNIST images put together for development. **An accuracy on it is not one on EMNIST Balanced.** On {machine['processors']} processors ({machine['processor']}), {study['trainings']} trainings came to {study['training_seconds'] / 3600:.1f} hours of one thread each.

## The result

Each configuration was trained with {study['final_seeds']} seeds on all images to learn from, and then tested once. Values are means over the seeds ± standard deviation; in brackets Wilson's 95% interval for the mean accuracy.

{result_table(study)}
Differences, with 95% intervals that cover both sources of chance, seeds and test images; p is that of McNemar's exact test of the networks of median accuracy:

{differences_table(report)}
{pictures["first.png"]}
"""]
    for family in study["families"]:
        title = family["title"]
        parts.append(f"""
## The path of the {title}

{study['folds']}-fold cross-validation on {100 * study['data_fraction']:.0f}% of the images to learn from, {family['epochs']} epochs each. Where a technique brings learning rates, each option is compared at the best of its own. The verdict is on the chosen option beside the runner-up: better, equivalent within {study['margin']} points, or undecided; the interval of the lead is one of those of all differences of the study, which hold together with 95% probability.

{path_table(family)}
{pictures[title, "steps-{}.png"]}

The optimizers, each at its best rate.

{pictures[title, "optimizer-{}.png"]}

What was found, over `recipes/baseline-{family['name']}.toml`: {', '.join(f'`{text}`' for text in family['overrides'])}.

<details><summary>Every option</summary>

{options_table(family)}
</details>
""")
    for model in report["models"]:
        if model["role"] != "best":
            continue
        title = next(family["title"] for family in study["families"] if family["name"] == model["family"])
        parts.append(f"""
## The best {title} in pictures

Loss and accuracy by epoch, in a training with part of the images held out:

{pictures[title, "learning-{}.png"]}

{pictures[title, "confusion-{}.png"]}

{confusions_table(model)}""")
    return "".join(parts)


def main():
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} STUDY COMMAND")
    folder, command = pathlib.Path(sys.argv[1]), sys.argv[2]
    report = json.loads((folder / "report.json").read_text())
    pictures = take_pictures(folder, [family["title"] for family in report["study"]["families"]])
    (ROOT / "docs" / "results.md").write_text(page(report, command, pictures))


if __name__ == "__main__":
    main()
