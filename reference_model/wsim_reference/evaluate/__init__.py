"""How good a checkpoint is at each ability: `python -m wsim_reference.evaluate CHECKPOINT --out D`.

Every ability gets a number, the number of something trivial, and the number of the lawful render. These are
quick looks at few clips, for the model card; what a model can do is measured by `wsim score`.
"""
