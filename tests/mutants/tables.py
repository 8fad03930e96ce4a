"""All mutants of the source."""

from tests.mutants.files import FILES
from tests.mutants.http import HTTP
from tests.mutants.outside import OUTSIDE
from tests.mutants.programs import PROGRAMS

MUTANTS = [*HTTP, *FILES, *OUTSIDE, *PROGRAMS]
