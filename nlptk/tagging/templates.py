"""The templates of the tasks; see :mod:`nlptk.tagging.template` for the language."""

from __future__ import annotations

from typing import Final

CHUNK: Final = """\
# words
U00:%x[-2,0]
U01:%x[-1,0]
U02:%x[0,0]
U03:%x[1,0]
U04:%x[2,0]
U05:%x[-1,0]/%x[0,0]
U06:%x[0,0]/%x[1,0]
# tags
U10:%x[-2,1]
U11:%x[-1,1]
U12:%x[0,1]
U13:%x[1,1]
U14:%x[2,1]
U15:%x[-2,1]/%x[-1,1]
U16:%x[-1,1]/%x[0,1]
U17:%x[0,1]/%x[1,1]
U18:%x[1,1]/%x[2,1]
U20:%x[-2,1]/%x[-1,1]/%x[0,1]
U21:%x[-1,1]/%x[0,1]/%x[1,1]
U22:%x[0,1]/%x[1,1]/%x[2,1]
B
"""

POS: Final = """\
# neighbouring words
U00:%x[-1,0]
U01:%x[0,0]
U02:%x[1,0]
U03:%x[-1,0]/%x[0,0]
U04:%x[0,0]/%x[1,0]
U05:%x[-1,0]/%x[1,0]
# spelling
U10:%prefix[0,0,1]
U11:%prefix[0,0,2]
U12:%suffix[0,0,1]
U13:%suffix[0,0,2]
U14:%prefix[0,0,1]/%suffix[0,0,1]
U15:%shape[0,0]
# length: a strong sign in Chinese
U20:%length[0,0]
U21:%length[0,0]/%prefix[0,0,1]
U22:%length[0,0]/%suffix[0,0,1]
U23:%x[0,0]/%length[1,0]
B
"""

NER: Final = """\
U00:%x[-2,0]
U01:%x[-1,0]
U02:%x[0,0]
U03:%x[1,0]
U04:%x[2,0]
U10:%x[-2,0]/%x[-1,0]
U11:%x[-1,0]/%x[0,0]
U12:%x[0,0]/%x[1,0]
U13:%x[1,0]/%x[2,0]
U14:%x[-1,0]/%x[1,0]
U20:%x[-2,0]/%x[-1,0]/%x[0,0]
U21:%x[-1,0]/%x[0,0]/%x[1,0]
U22:%x[0,0]/%x[1,0]/%x[2,0]
U30:%class[-1,0]/%class[0,0]/%class[1,0]
B
"""

TEMPLATES: Final = {"chunk": CHUNK, "pos": POS, "ner": NER}
