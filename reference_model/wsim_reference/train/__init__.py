"""Training of the reference model: `python -m wsim_reference.train --help`.

Four stages, each resumable at any point: clips are rendered, the autoencoder is trained, the clips are
encoded, the transformer is trained. The end is a checkpoint folder that `wsim score FOLDER` accepts.
"""
