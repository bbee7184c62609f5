import pytest

from pullback.errors import ArgumentError
from pullback.train import EarlyStopping, EpochRecord, History


def records(*pairs):
    return tuple(EpochRecord(k + 1, 9 - k, 0.1, loss, accuracy, 0.1, 1.0) for k, (loss, accuracy) in enumerate(pairs))


def test_the_best_epoch_is_the_first_with_the_best_monitored_number():
    epochs = records((0.5, 0.9), (0.3, 0.7), (0.3, 0.9))
    assert History(epochs).best.epoch == 2
    assert History(epochs, monitor="accuracy").best.epoch == 1
    assert History(()).best is None


def test_without_validation_the_training_loss_decides():
    assert History(records((None, None), (None, None))).best.epoch == 2


def test_nan_is_never_the_best():
    assert History(records((float("nan"), 0.5), (0.7, 0.5))).best.epoch == 2


def test_patience_counts_epochs_without_improvement():
    epochs = records((0.5, 0), (0.4, 0), (0.45, 0), (0.41, 0))
    assert not EarlyStopping(2).is_exhausted(epochs[:3])
    assert EarlyStopping(2).is_exhausted(epochs)
    assert not EarlyStopping(3).is_exhausted(epochs)
    assert not EarlyStopping(2).is_exhausted(())


def test_a_change_within_min_delta_is_no_improvement():
    epochs = records((0.5, 0), (0.45, 0), (0.41, 0))
    assert EarlyStopping(2, min_delta=0.1).is_exhausted(epochs)
    assert not EarlyStopping(2, min_delta=0.08).is_exhausted(epochs)


def test_history_as_columns():
    found = History(records((0.5, 0.9), (0.3, 0.7)), interrupted=True).to_dict()
    assert found["val_loss"] == [0.5, 0.3]
    assert found["epoch"] == [1, 2]
    assert found["interrupted"]
    assert not found["stopped_early"]


@pytest.mark.parametrize(
    "options", [{"patience": 0}, {"patience": 2, "monitor": "f1"}, {"patience": 2, "min_delta": -1}]
)
def test_unusable_early_stopping_is_refused(options):
    with pytest.raises(ArgumentError, match="EarlyStopping"):
        EarlyStopping(**options)
