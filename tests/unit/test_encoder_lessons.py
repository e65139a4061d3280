"""What the encoder is made to tell apart: left from right, wrong events, spoiled clips from lawful ones."""

import numpy as np
import pytest
import torch

from wsim.metrics.encoder.batches import Shown, Spoiled, batch_of, draw
from wsim.metrics.encoder.clips import example_of, filmed
from wsim.metrics.encoder.judges import Learner
from wsim.metrics.encoder.library import Broken, Library
from wsim.metrics.encoder.losses import Batch, loss_of
from wsim.metrics.encoder.sides import SLOTS, sides_of
from wsim.metrics.encoder.spoiling import KINDS, OF_PICTURES, is_visible, spoiled, twins, weakened
from wsim.metrics.encoder.tellings import mirrored
from wsim.metrics.encoder.towers import COLOURS, Encoder, Size
from wsim.metrics.encoder.words import Words
from wsim.worlds.captions import vocabulary
from wsim.worlds.families import make

WORDS = Words(vocabulary())
SMALL = Size(words=WORDS.size, width=32, video_layers=1, text_layers=1, dim=16, points=2)


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Library:
    """Six clips, two still lives of things alike, and a puck that vanishes."""
    scenes = [make("still_life", 500, count=3, relation="left of"), make("puck", 502), make("bounce", 503)]
    scenes += [make("still_life", 507, count=2), make("trail", 504), make("crossing", 505)]
    found = Library(tmp_path_factory.mktemp("library"))
    found.clips = [example_of(scene, np.random.default_rng(scene.seed)) for scene in scenes]
    alike = [make("still_life", 510 + i, alike=True, count=2 + i) for i in range(2)]
    found.alike = [example_of(scene, np.random.default_rng(scene.seed)) for scene in alike]
    found.broken = [Broken(filmed(twins(scenes[1])[0]).video.frames, 1, 1.0)]
    return found


@pytest.fixture(scope="module")
def batch(library: Library) -> Batch:
    return draw(library, WORDS, 16, np.random.default_rng(1))


def test_sides_change_their_sign_in_a_mirror(library: Library) -> None:
    told = 0
    for example in library.clips:
        for each in example.tellings:
            sides = sides_of(each.true)
            assert sides.shape == (SLOTS,) and (sides_of(mirrored(each.true)) == -sides).all(), each.true
            assert mirrored(each.true) != each.true or not sides.any()
            told += int(np.abs(sides).sum())
    assert told >= 6


def test_sides_say_who_goes_and_stands_where() -> None:
    text = "a red ball is to the left of a blue box. a grey rod pushes the blue box to the right."
    found = {int(slot): int(sign) for slot, sign in enumerate(sides_of(text)) if sign}
    red, blue = COLOURS.index("red"), COLOURS.index("blue")
    assert found == {len(COLOURS): 1, len(COLOURS) + 2 + red: -1, len(COLOURS) + 2 + blue: 1}


def test_sides_are_those_of_the_picture(library: Library) -> None:
    """The words and the pixels agree where a coloured thing goes."""
    checked = 0
    for example in library.clips:
        sides = sides_of(example.tellings[0].true)
        for colour in np.flatnonzero(sides[: len(COLOURS)]):
            seen = np.flatnonzero(example.places[:, colour, 0] > 0.001)
            x = example.places[seen, colour, 1]
            if example.counts[colour] == 1 and len(x) > 1 and abs(x[-1] - x[0]) > 0.05:
                checked += 1
                assert np.sign(x[-1] - x[0]) == sides[colour], example.tellings[0].true
    assert checked >= 2


def test_a_mirrored_clip_has_its_frames_words_and_places_mirrored(library: Library) -> None:
    own = Shown(library.clips[1], False, library.clips[1].tellings[0])
    turned = own.turned()
    assert own.has_sides and turned.telling.true == mirrored(own.telling.true)
    assert (turned.frames == own.frames[:, :, ::-1]).all()
    assert np.allclose(turned.places[..., 1], -own.places[..., 1])
    assert np.allclose(turned.places[..., ::2], own.places[..., ::2])
    again = turned.turned()
    assert (again.frames == own.frames).all() and again.telling == own.telling


def test_mirror_images_are_in_the_batch_and_each_caption_is_of_one(library: Library) -> None:
    shown = [Shown(example, False, example.tellings[0]) for example in library.clips[:2]]
    batch = batch_of(shown, 2, [], WORDS, np.random.default_rng(0))
    assert len(batch.pixels) == 4 and bool(torch.equal(batch.belongs[:, :4], torch.eye(4, dtype=torch.bool)))
    assert bool(torch.equal(batch.pixels[2:], batch.pixels[:2].flip(dims=[3])))
    assert bool(torch.equal(batch.clip_sides[2:], -batch.clip_sides[:2])) and batch.clip_sides.any()
    assert bool(torch.equal(batch.text_sides[:4], batch.clip_sides))


def test_wrong_events_and_sides_are_always_among_the_wrong_captions(library: Library) -> None:
    own = Shown(library.clips[1], False, library.clips[1].tellings[0])
    asked = {tuple(WORDS.ids(text)) for text in (own.telling.wrong["event"], mirrored(own.telling.true))}
    for seed in range(8):
        batch = batch_of([own], 0, [], WORDS, np.random.default_rng(seed))
        assert asked <= {tuple(int(i) for i in row if i) for row in batch.ids[1:]}


def test_spoiled_clips_take_no_part_in_the_contrast(batch: Batch) -> None:
    lawful, rows = len(batch.belongs), len(batch.pixels)
    assert rows > lawful and len(batch.kinds) == len(batch.amounts) == rows
    assert not batch.kinds[:lawful].any() and not batch.amounts[:lawful].any()
    wrong = batch.kinds[lawful:] > 0
    assert wrong.any() and bool(((batch.amounts[lawful:] > 0).sum(dim=1) == wrong).all())
    assert len(batch.places) == len(batch.counts) == len(batch.clip_sides) == lawful


def test_a_batch_is_drawn_from_its_number_alone(library: Library, batch: Batch) -> None:
    again = draw(library, WORDS, 16, np.random.default_rng(1))
    other = draw(library, WORDS, 16, np.random.default_rng(2))
    assert bool(torch.equal(again.pixels, batch.pixels)) and bool(torch.equal(again.ids, batch.ids))
    assert batch.pixels.shape != other.pixels.shape or not bool(torch.equal(batch.pixels, other.pixels))


@pytest.mark.parametrize("kind", OF_PICTURES)
def test_more_of_a_kind_is_further_away(library: Library, kind: str) -> None:
    frames = library.clips[1].frames
    change = [
        np.abs(spoiled(frames, kind, amount, np.random.default_rng(0)).astype(float) - frames).mean()
        for amount in (0.0, 0.3, 1.0)
    ]
    assert change[0] <= change[1] < change[2], change
    if kind not in ("blur", "noise"):  # the same pictures as before, in another order or some of them
        seen = spoiled(frames, kind, 1.0, np.random.default_rng(0))
        assert {picture.tobytes() for picture in seen} <= {picture.tobytes() for picture in frames}


def test_what_cannot_be_seen_is_not_spoiled(library: Library) -> None:
    still = np.repeat(library.clips[0].frames[:1], 12, axis=0)
    for kind in ("shuffled", "frozen", "reversed"):
        assert not is_visible(still, spoiled(still, kind, 1.0, np.random.default_rng(0)))
    assert is_visible(still, spoiled(still, "noise", 0.1, np.random.default_rng(0)))


def test_a_law_is_broken_by_degrees() -> None:
    for family in ("puck", "still_life", "fall", "walk"):
        scene = make(family, 508)
        for twin in twins(scene):
            half = weakened(twin, scene, 0.5)
            assert half.violations and half.seed == scene.seed and weakened(twin, scene, 0.0) != half
    life = make("still_life", 509, count=2)
    twin = next(each for each in twins(life) if each.violations[-1].kind == "recolour")
    whole, half = (weakened(twin, life, severity).violations[-1] for severity in (1.0, 0.5))
    assert whole.vector == twin.violations[-1].vector != half.vector


def test_every_part_of_the_loss_is_learned(batch: Batch) -> None:
    torch.manual_seed(0)
    learner = Learner(Encoder(SMALL))
    optimiser, losses = torch.optim.AdamW(learner.parameters(), 3e-3), []
    for _ in range(20):
        parts = loss_of(learner, batch)
        torch.stack(list(parts.values())).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append({name: float(part.detach()) for name, part in parts.items()})
    for name in losses[0]:
        assert np.mean([loss[name] for loss in losses[-4:]]) < 0.85 * losses[0][name], name


def test_features_themselves_must_move_however_a_direction_is_scaled() -> None:
    judges = Learner(Encoder(SMALL)).judges
    features = torch.randn(3, SMALL.dim)
    before = judges.amounts(features)
    with torch.no_grad():
        judges.directions *= 7.0
    assert torch.allclose(judges.amounts(features), before, atol=1e-5) and before.shape == (3, len(KINDS))


def test_a_spoiled_clip_keeps_kind_and_amount_apart(library: Library) -> None:
    own = Shown(library.clips[0], False, library.clips[0].tellings[0])
    wrong = Spoiled(own.frames, 1 + KINDS.index("noise"), 0.4)
    batch = batch_of([own], 0, [wrong], WORDS, np.random.default_rng(0))
    assert batch.kinds.tolist() == [0, 2] and batch.amounts[1, 1].item() == pytest.approx(0.4)
    assert float(batch.amounts.sum()) == pytest.approx(0.4)
