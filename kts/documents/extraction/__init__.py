"""Turns an uploaded file into pages of text, in a process of its own.

Uploaded files are not trusted: a PDF can be built so that reading it takes all memory or
crashes the library that reads it. So nothing here is called by the web process or the worker
directly; they use :mod:`.runner`, which starts :mod:`.child` with limits on time and memory and
reads its answer line by line. The child knows no settings, no database and no application:
nothing in this package imports from the rest of ``kts``.

Refused with a reason (:class:`.refusals.Refusal`): what is empty, encrypted, broken, built to
explode, brings programs with it, or is not one of :data:`.sniff.FORMATS`.
"""
