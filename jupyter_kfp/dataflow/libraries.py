"""What calls into known libraries do: tables, from the libraries' own documentation.

A call that no table knows is taken at its worst (`Does` is None): it may change all that it is given, keep it, hand it
out again and draw random numbers. So a missing row costs side-by-side steps, never a right result.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from enum import Enum

RANDOM = ("random:python", "random:numpy", "random:torch")


class Gives(Enum):
    """How the result of a call relates to what the call was given."""

    SCALAR = "scalar"  # cannot be changed in place
    FRESH = "fresh"  # shares nothing
    COPY = "copy"  # a new object with the old one's contents (shallow)
    ELEMENTS = "elements"  # a new container of what iterating the arguments gives
    PAIRS = "pairs"  # the same, in tuples
    HOLDS = "holds"  # a new object that refers to the arguments
    VIEW = "view"  # may be, or share memory with, what it was given
    ELEMENT = "element"  # something from inside of what it was given
    SELF = "self"  # the receiver itself
    SPLIT = "split"  # several independent objects


@dataclass(frozen=True)
class Does:
    """What a call does. `changes` are positions or keywords of arguments; `self` is the receiver."""

    gives: Gives = Gives.COPY
    type: str = "anything"
    changes: tuple[int | str, ...] = ()
    deep: bool = False  # changes also what is inside
    stores: bool = False  # the arguments can be reached from what it changes
    holds: bool = False  # the same, but nothing is changed through it later
    effects: tuple[str, ...] = ()  # "random:numpy", "options", …; "seed:" in front where it only sets
    reads: int | str | None = None  # the argument that is a file read
    writes: int | str | None = None
    names_in_text: bool = False  # looks names up that stand in its strings
    seedable: bool = False  # draws only where `random_state` or `seed` is not given


SCALAR = Does(Gives.SCALAR)
FRESH = Does(Gives.FRESH)
COPY = Does(Gives.COPY, "data")
VIEW = Does(Gives.VIEW, "data")
HOLDS = Does(Gives.HOLDS)
ELEMENTS_LIST = Does(Gives.ELEMENTS, "list")
ITERATOR = Does(Gives.ELEMENTS, "iterator")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILTINS: dict[str, Does] = {
    **dict.fromkeys(
        _words(
            "abs all any ascii bin bool bytes callable chr complex divmod float format hash hex id int isinstance"
            " issubclass len oct ord pow print repr round str hasattr range slice object type display quit exit"
            " breakpoint memoryview delattr __import__ help"
        ),
        SCALAR,
    ),
    "list": ELEMENTS_LIST,
    "tuple": Does(Gives.ELEMENTS, "tuple"),
    "set": Does(Gives.ELEMENTS, "set"),
    "frozenset": Does(Gives.ELEMENTS, "set"),
    "dict": Does(Gives.ELEMENTS, "dict"),
    "sorted": ELEMENTS_LIST,
    "bytearray": FRESH,
    "reversed": ITERATOR,
    "filter": ITERATOR,
    "map": ITERATOR,
    "iter": ITERATOR,
    "zip": Does(Gives.PAIRS, "zip"),
    "enumerate": Does(Gives.PAIRS, "zip"),
    "max": Does(Gives.ELEMENT),
    "min": Does(Gives.ELEMENT),
    "sum": Does(Gives.COPY),
    "next": Does(Gives.ELEMENT, changes=(0,), deep=True),
    "aiter": ITERATOR,
    "anext": Does(Gives.ELEMENT, changes=(0,), deep=True),
    "getattr": Does(Gives.ELEMENT),
    "setattr": Does(Gives.SCALAR, changes=(0,), stores=True),
    "super": Does(Gives.VIEW),
    "property": HOLDS,
    "classmethod": Does(Gives.VIEW),
    "staticmethod": Does(Gives.VIEW),
    "vars": Does(Gives.VIEW),
    "dir": FRESH,
    "input": Does(Gives.SCALAR, effects=("stdin",)),
}
BUILTINS["delattr"] = Does(Gives.SCALAR, changes=(0,))
EXCEPTIONS = frozenset(
    n for n, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, BaseException)
)

_RANDOM_PYTHON = ("random:python",)
_RANDOM_NUMPY = ("random:numpy",)
_SEED = {
    "random.seed": ("seed:random:python",),
    "random.setstate": ("seed:random:python",),
    "numpy.random.seed": ("seed:random:numpy",),
    "numpy.random.set_state": ("seed:random:numpy",),
    "torch.manual_seed": ("seed:random:torch",),
    "torch.random.manual_seed": ("seed:random:torch",),
    "torch.cuda.manual_seed": ("seed:random:torch",),
    "torch.cuda.manual_seed_all": ("seed:random:torch",),
    "torch.set_rng_state": ("seed:random:torch",),
}

OPTIONS = {
    # surroundings that travel with the state
    "pandas": _words("set_option reset_option set_eng_float_format"),
    "numpy": _words("set_printoptions seterr seterrcall setbufsize set_string_function"),
    "matplotlib": _words("rc rcdefaults rc_file use style.use"),
    "matplotlib.pyplot": _words(
        "rc rcdefaults style.use set_cmap xkcd set_loglevel switch_backend ion ioff viridis gray jet hot cool"
    ),
    "matplotlib.style": _words("use"),
    "matplotlib.rcParams": _words("update setdefault"),
    "matplotlib.pyplot.rcParams": _words("update setdefault"),
    "seaborn": _words(
        "set set_theme set_style set_context set_palette reset_defaults reset_orig set_color_codes despine_"
    ),
    "warnings": _words("filterwarnings simplefilter resetwarnings"),
}
CONFIGURES = {
    # library settings that do not travel, so they are made again in every later step
    "sys": _words("setrecursionlimit set_int_max_str_digits setswitchinterval"),
    "locale": _words("setlocale"),
    "logging": _words("basicConfig disable captureWarnings addLevelName"),
    "tensorflow": _words("get_logger"),
    "sympy": _words("init_printing init_session"),
    "decimal": _words("setcontext"),
    "time": _words("tzset"),
    "gc": _words("disable enable set_threshold"),
    "faulthandler": _words("enable"),
    "tqdm": _words("tqdm.pandas tqdm.tqdm.pandas auto.tqdm.pandas notebook.tqdm.pandas"),
    "shap": _words("initjs"),
    "nest_asyncio": _words("apply"),
    "nest_asyncio2": _words("apply"),
    "polars": _words(
        "Config.set_tbl_rows Config.set_tbl_cols Config.set_fmt_str_lengths enable_string_cache"
    ),
    "plotly": _words("offline.init_notebook_mode"),
    "cufflinks": _words("go_offline set_config_file"),
    "altair": _words(
        "data_transformers.disable_max_rows data_transformers.enable renderers.enable themes.enable"
    ),
    "holoviews": _words("extension"),
    "hvplot": _words("extension"),
    "panel": _words("extension"),
    "bokeh": _words("io.output_notebook plotting.output_notebook"),
    "sklearn": _words("set_config"),
    "torch": _words(
        "set_default_dtype set_default_device set_default_tensor_type set_printoptions use_deterministic_algorithms"
        " set_num_threads set_grad_enabled set_float32_matmul_precision autograd.set_detect_anomaly"
    ),
    "matplotlib_inline": _words("backend_inline.set_matplotlib_formats"),
    "IPython": _words("display.set_matplotlib_formats core.display.set_matplotlib_formats"),
    "ipywidgets": frozenset(),
    "nltk": frozenset(),
    "numba": _words("set_num_threads"),
    "xarray": _words("set_options"),
    "networkx": frozenset(),
    "jax": _words("config.update"),
    "pandarallel": _words("pandarallel.initialize"),
}

PLAIN_MODULES = _words(
    "math cmath statistics datetime calendar hashlib base64 fractions decimal string textwrap platform re html"
    " unicodedata zlib struct binascii keyword ast dis token difflib numbers posixpath ntpath fnmatch"
    " ipaddress colorsys sysconfig getpass dateutil pytz zoneinfo"
)
"""Modules whose functions neither change nor keep what they are given, nor draw."""

HOLDING_MODULES = _words(
    "itertools functools collections copy operator types dataclasses enum contextlib typing abc inspect"
    " typing_extensions pprint traceback weakref"
)
"""Modules whose functions do not change what they are given, but may keep it."""

QUIET_MODULES = _words(
    "time os sys json pickle csv io pathlib shutil glob tempfile warnings logging zipfile gzip tarfile bz2 lzma"
    " urllib timeit uuid sqlite3 configparser argparse subprocess threading queue asyncio concurrent"
    " multiprocessing socket signal gc psutil requests IPython ipywidgets tqdm joblib yaml toml tomllib cloudpickle"
    " dill pyarrow tabulate prettytable termcolor colorama wordcloud_ missingno humanize xml codecs array"
)
"""Modules that may keep or change what they are given, but draw no random numbers."""

DATA_ROOTS = _words("numpy pandas scipy polars cudf cupy xarray geopandas shapely sparse numexpr bottleneck")
PLOT_ROOTS = _words(
    "matplotlib seaborn plotly altair bokeh mpl_toolkits missingno mplcyberpunk squarify folium joypy ptitprince"
)
ESTIMATOR_ROOTS = _words(
    "sklearn xgboost lightgbm catboost imblearn statsmodels umap hdbscan category_encoders prophet pmdarima"
    " lifelines mlxtend yellowbrick skopt feature_engine tpot kmodes pygam"
)

VIEWS = _words(
    "asarray asanyarray ascontiguousarray asfortranarray atleast_1d atleast_2d atleast_3d reshape ravel transpose"
    " swapaxes moveaxis rollaxis squeeze expand_dims broadcast_to broadcast_arrays flip fliplr flipud rot90 split"
    " array_split hsplit vsplit dsplit diagonal diag real imag nan_to_num frombuffer DataFrame Series Index array"
    " matrix asmatrix require lib.stride_tricks.as_strided lib.stride_tricks.sliding_window_view ma.array"
    " ma.masked_array ma.asarray from_dataframe MultiIndex Categorical to_numeric to_datetime nditer ndenumerate"
    " flatnonzero_ matrix_transpose permute_dims csr_matrix csc_matrix coo_matrix csr_array csc_array coo_array"
    " memmap concat from_pandas from_arrow from_numpy Dataset DataArray GeoDataFrame GeoSeries vectorize poly1d"
)
"""Functions of NumPy, SciPy and pandas whose result may share memory with an argument."""

DATA_CHANGES = {
    "numpy.fill_diagonal": 0,
    "numpy.put": 0,
    "numpy.place": 0,
    "numpy.putmask": 0,
    "numpy.put_along_axis": 0,
    "numpy.copyto": 0,
    "numpy.random.shuffle": 0,
    "numpy.random.Generator.shuffle": 0,
    "random.shuffle": 0,
    "heapq.heappush": 0,
    "heapq.heappop": 0,
    "heapq.heapify": 0,
    "heapq.heapreplace": 0,
    "heapq.heappushpop": 0,
    "bisect.insort": 0,
    "bisect.insort_left": 0,
    "bisect.insort_right": 0,
    "operator.setitem": 0,
    "operator.delitem": 0,
    "operator.iadd": 0,
    "operator.ior": 0,
    "operator.imul": 0,
    "operator.iconcat": 0,
    "operator.isub": 0,
    "operator.iand": 0,
    "operator.ixor": 0,
}
DRAWING_NUMPY_SCIPY = _words(
    "scipy.optimize.differential_evolution scipy.optimize.basinhopping scipy.optimize.dual_annealing"
    " scipy.optimize.shgo scipy.stats.bootstrap scipy.stats.permutation_test scipy.stats.monte_carlo_test"
    " scipy.cluster.vq.kmeans scipy.cluster.vq.kmeans2 scipy.sparse.random scipy.sparse.rand"
    " scipy.sparse.linalg.eigs scipy.sparse.linalg.eigsh scipy.sparse.linalg.svds scipy.sparse.linalg.lobpcg"
    " scipy.stats.goodness_of_fit scipy.stats.mannwhitneyu_"
)
NUMPY_RANDOM_MAKERS = _words(
    "default_rng RandomState Generator PCG64 MT19937 SeedSequence Philox SFC64 PCG64DXSM"
)
DRAWING_PLOTS = _words(
    "stripplot catplot factorplot barplot pointplot lineplot relplot regplot lmplot jointplot pairplot residplot"
    " tsplot clustermap swarmplot PairGrid"
)
QUIET_ESTIMATORS = _words(
    "LinearRegression Ridge RidgeCV Lasso_ LassoLars KNeighborsClassifier KNeighborsRegressor NearestNeighbors"
    " GaussianNB MultinomialNB BernoulliNB ComplementNB CategoricalNB StandardScaler MinMaxScaler MaxAbsScaler"
    " RobustScaler Normalizer Binarizer LabelEncoder OrdinalEncoder OneHotEncoder LabelBinarizer"
    " MultiLabelBinarizer PolynomialFeatures SimpleImputer KNNImputer CountVectorizer TfidfVectorizer"
    " TfidfTransformer HashingVectorizer DictVectorizer ColumnTransformer Pipeline FeatureUnion"
    " FunctionTransformer PowerTransformer AgglomerativeClustering DBSCAN OPTICS LinearDiscriminantAnalysis"
    " QuadraticDiscriminantAnalysis IsotonicRegression BayesianRidge ARDRegression VarianceThreshold"
    " NearestCentroid KernelRidge SVR ConfusionMatrixDisplay RocCurveDisplay PrecisionRecallDisplay TimeSeriesSplit"
    " LeaveOneOut GroupKFold StratifiedGroupKFold MeanShift AffinityPropagation_ TransformedTargetRegressor"
    " KBinsDiscretizer_ SplineTransformer"
)
"""Classes of scikit-learn that draw no random numbers themselves. Those that hold others draw if these do."""

SPLITTING = _words(
    "sklearn.model_selection.train_test_split sklearn.utils.shuffle sklearn.utils.resample numpy.meshgrid"
    " numpy.histogram numpy.unique numpy.linalg.eig numpy.linalg.eigh numpy.linalg.svd numpy.linalg.qr"
    " sklearn.datasets.make_classification sklearn.datasets.make_regression sklearn.datasets.make_blobs"
    " sklearn.datasets.make_moons sklearn.datasets.make_circles scipy.stats.ttest_ind scipy.optimize.curve_fit"
    " pandas.factorize numpy.loadtxt numpy.genfromtxt sklearn.datasets.load_iris sklearn.datasets.load_digits"
    " sklearn.datasets.load_wine sklearn.datasets.load_diabetes sklearn.datasets.load_breast_cancer"
)
"""Functions whose results are independent of each other and of the arguments."""

READERS: dict[str, int] = {
    **{
        f"pandas.read_{kind}": 0
        for kind in [
            "csv",
            "table",
            "excel",
            "json",
            "parquet",
            "feather",
            "pickle",
            "hdf",
            "html",
            "xml",
            "stata",
            "sas",
            "spss",
            "orc",
            "fwf",
        ]
    },
    **{
        f"polars.{verb}_{kind}": 0
        for verb in ("read", "scan")
        for kind in ["csv", "parquet", "json", "ndjson", "ipc", "excel"]
    },
    "numpy.load": 0,
    "numpy.loadtxt": 0,
    "numpy.genfromtxt": 0,
    "numpy.fromfile": 0,
    "joblib.load": 0,
    "matplotlib.image.imread": 0,
    "matplotlib.pyplot.imread": 0,
    "imageio.imread": 0,
    "cv2.imread": 0,
    "skimage.io.imread": 0,
    "PIL.Image.open": 0,
    "scipy.io.loadmat": 0,
    "scipy.io.wavfile.read": 0,
    "geopandas.read_file": 0,
    "xarray.open_dataset": 0,
    "torch.load": 0,
    "os.listdir": 0,
    "os.scandir": 0,
    "os.walk": 0,
    "os.stat": 0,
    "os.path.exists": 0,
    "os.path.isfile": 0,
    "os.path.isdir": 0,
    "os.path.getsize": 0,
    "os.path.getmtime": 0,
    "glob.glob": 0,
    "glob.iglob": 0,
    "IPython.display.Image": 0,
    "IPython.core.display.Image": 0,
    "librosa.load": 0,
    "pyarrow.parquet.read_table": 0,
    "pyarrow.csv.read_csv": 0,
    "pyarrow.feather.read_table": 0,
    "tensorflow.keras.models.load_model": 0,
    "keras.models.load_model": 0,
    "pandas.ExcelFile": 0,
}
WRITERS: dict[str, int] = {
    "numpy.save": 0,
    "numpy.savez": 0,
    "numpy.savez_compressed": 0,
    "numpy.savetxt": 0,
    "joblib.dump": 1,
    "matplotlib.pyplot.savefig": 0,
    "matplotlib.pyplot.imsave": 0,
    "imageio.imwrite": 0,
    "imageio.imsave": 0,
    "cv2.imwrite": 0,
    "skimage.io.imsave": 0,
    "scipy.io.savemat": 0,
    "scipy.io.wavfile.write": 0,
    "torch.save": 1,
    "os.mkdir": 0,
    "os.makedirs": 0,
    "os.remove": 0,
    "os.unlink": 0,
    "os.rmdir": 0,
    "os.removedirs": 0,
    "os.truncate": 0,
    "os.utime": 0,
    "os.chmod": 0,
    "shutil.rmtree": 0,
    "pyarrow.parquet.write_table": 1,
    "pyarrow.csv.write_csv": 1,
    "pandas.ExcelWriter": 0,
}
MOVERS = _words(
    "os.rename os.replace os.renames os.link os.symlink shutil.copy shutil.copy2 shutil.copyfile shutil.copytree"
    " shutil.move shutil.make_archive shutil.unpack_archive"
)
SHELLS = _words(
    "os.system os.popen subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen"
    " subprocess.getoutput subprocess.getstatusoutput os.execv os.spawnl"
)
DOWNLOADS = _words(
    "urllib.request.urlopen urllib.request.urlretrieve requests.get requests.post requests.put requests.request"
    " requests.Session httpx.get wget.download gdown.download nltk.download kagglehub.dataset_download"
    " sklearn.datasets.fetch_openml sklearn.datasets.fetch_california_housing sklearn.datasets.fetch_20newsgroups"
    " seaborn.load_dataset datasets.load_dataset yfinance.download huggingface_hub.hf_hub_download"
)
ENVIRONMENT_WRITES = _words(
    "os.putenv os.unsetenv os.umask dotenv.load_dotenv os.environ.update os.environ.setdefault"
)
CWD_WRITES = _words("os.chdir os.fchdir")

IMMOVABLE: dict[str, str] = {
    "builtins.open": "an open file",
    "io.open": "an open file",
    "gzip.open": "an open file",
    "bz2.open": "an open file",
    "lzma.open": "an open file",
    "codecs.open": "an open file",
    "zipfile.ZipFile": "an open archive",
    "tarfile.open": "an open archive",
    "os.scandir": "a directory iterator",
    "tempfile.TemporaryFile": "an open file",
    "tempfile.NamedTemporaryFile": "an open file",
    "tempfile.TemporaryDirectory": "a temporary directory",
    "tempfile.mkdtemp": "a temporary directory",
    "sqlite3.connect": "a database connection",
    "psycopg2.connect": "a database connection",
    "pymysql.connect": "a database connection",
    "mysql.connector.connect": "a database connection",
    "duckdb.connect": "a database connection",
    "sqlalchemy.create_engine": "a database engine",
    "sqlalchemy.engine.create_engine": "a database engine",
    "pymongo.MongoClient": "a database connection",
    "redis.Redis": "a database connection",
    "shelve.open": "an open shelf",
    "dbm.open": "an open database",
    "h5py.File": "an open file",
    "pandas.HDFStore": "an open file",
    "pandas.ExcelWriter": "an open file",
    "pandas.ExcelFile": "an open file",
    "socket.socket": "a socket",
    "socket.create_connection": "a socket",
    "threading.Lock": "a lock",
    "threading.RLock": "a lock",
    "threading.Thread": "a thread",
    "threading.Event": "a thread's event",
    "threading.Condition": "a lock",
    "threading.Semaphore": "a lock",
    "threading.local": "a thread's own data",
    "queue.Queue": "a queue between threads",
    "asyncio.create_task": "a running task",
    "asyncio.ensure_future": "a running task",
    "concurrent.futures.ThreadPoolExecutor": "a pool of threads",
    "concurrent.futures.ProcessPoolExecutor": "a pool of processes",
    "multiprocessing.Pool": "a pool of processes",
    "multiprocessing.Process": "a process",
    "multiprocessing.Queue": "a queue between processes",
    "multiprocessing.Lock": "a lock",
    "subprocess.Popen": "a process",
    "weakref.ref": "a weak reference",
    "cv2.VideoCapture": "an open camera or video",
    "pyspark.sql.SparkSession.builder.getOrCreate": "a Spark session",
    "contextvars.ContextVar": "a context variable",
    "csv.reader": "a reader of an open file",
    "csv.DictReader": "a reader of an open file",
    "csv.writer": "a writer to an open file",
    "csv.DictWriter": "a writer to an open file",
}
OPENS = _words(
    "builtins.open io.open gzip.open bz2.open lzma.open codecs.open zipfile.ZipFile tarfile.open h5py.File"
)
DATABASES = _words(
    "sqlite3.connect sqlalchemy.create_engine sqlalchemy.engine.create_engine duckdb.connect shelve.open dbm.open"
    " pandas.HDFStore"
)
CONTAINERS = {
    "collections.Counter": "dict",
    "collections.defaultdict": "dict",
    "collections.OrderedDict": "dict",
    "collections.deque": "list",
    "collections.ChainMap": "dict",
    "collections.namedtuple": "anything",
    "array.array": "list",
    "types.SimpleNamespace": "anything",
}
NOT_SUPPRESSING = _words(
    "builtins.open io.open gzip.open bz2.open zipfile.ZipFile tarfile.open numpy.errstate numpy.printoptions"
    " pandas.option_context warnings.catch_warnings matplotlib.pyplot.style.context matplotlib.rc_context"
    " matplotlib.pyplot.rc_context seaborn.axes_style seaborn.plotting_context seaborn.color_palette torch.no_grad"
    " torch.inference_mode torch.enable_grad tensorflow.GradientTape tensorflow.device zipfile.ZipFile.open"
    " pandas.ExcelWriter pandas.ExcelFile pandas.HDFStore h5py.File tqdm.tqdm tqdm.auto.tqdm tqdm.notebook.tqdm"
    " sqlite3.connect threading.Lock threading.RLock contextlib.redirect_stdout contextlib.redirect_stderr"
    " contextlib.closing contextlib.nullcontext tempfile.TemporaryDirectory tempfile.NamedTemporaryFile"
    " concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor multiprocessing.Pool"
    " urllib.request.urlopen requests.Session decimal.localcontext sklearn.config_context joblib.Parallel"
)
NAMES_IN_TEXT = _words(
    "pandas.eval numexpr.evaluate duckdb.sql duckdb.query duckdb.execute patsy.dmatrix patsy.dmatrices"
)


TAKES_FUNCTION = _words(
    "map filter reduce starmap takewhile dropwhile filterfalse accumulate apply applymap agg aggregate transform pipe"
    " apply_along_axis vectorize frompyfunc partial defaultdict submit imap starmap_async apply_async"
)
"""Functions and methods of libraries whose first argument is called."""


def function_does(path: str) -> Does | None:
    """What calling the function or class at `path` does; None where nothing is known of it."""
    root, _, rest = path.partition(".")
    last = path.rpartition(".")[2]
    if root == "builtins":
        if rest in EXCEPTIONS:
            return HOLDS
        if rest == "open":
            return Does(Gives.FRESH, "builtins.open")
        return BUILTINS.get(rest)
    if path in _SEED:
        return Does(Gives.SCALAR, effects=_SEED[path])
    if path in DATA_CHANGES:
        effects = _RANDOM_NUMPY if root == "numpy" else _RANDOM_PYTHON if root == "random" else ()
        effects = effects if "shuffle" in path else ()
        stores = root in ("heapq", "bisect", "operator")
        return Does(Gives.ELEMENT, changes=(DATA_CHANGES[path],), stores=stores, effects=effects)
    if path in IMMOVABLE:
        return Does(Gives.HOLDS, path, reads=READERS.get(path), writes=WRITERS.get(path))
    if path in NAMES_IN_TEXT or path.startswith(("statsmodels.formula.", "patsy.")):
        return Does(Gives.HOLDS, path, names_in_text=True)
    if path in CONTAINERS:
        return Does(Gives.ELEMENTS, CONTAINERS[path])
    if is_option(path):
        return Does(Gives.SCALAR, effects=("options",))
    if path in CWD_WRITES:
        return Does(Gives.SCALAR, effects=("cwd",))
    if path in ENVIRONMENT_WRITES:
        return Does(Gives.SCALAR, effects=("environment",))
    if path == "copy.deepcopy":
        return Does(Gives.FRESH, "same")
    if path == "copy.copy":
        return Does(Gives.COPY, "same")
    if root == "pathlib" and last in ("Path", "PurePath", "PosixPath", "cwd", "home"):
        return Does(Gives.SCALAR, "path")
    if path.startswith("os.path.") or path in ("os.getcwd", "os.fspath", "os.getenv", "os.environ.get"):
        return Does(Gives.SCALAR, reads=READERS.get(path))
    if root == "random":
        if last == "Random":
            return Does(Gives.FRESH, "rng")
        gives = Gives.ELEMENT if last in ("choice", "choices", "sample") else Gives.SCALAR
        return Does(gives, effects=() if last in ("getstate", "SystemRandom") else _RANDOM_PYTHON)
    if root in DATA_ROOTS:
        return _data_function(path, root, rest, last)
    if root in PLOT_ROOTS:
        return _plot_function(path, root, last)
    if root in ESTIMATOR_ROOTS:
        return _estimator_function(path, root, last)
    if root == "functools" and last == "reduce":
        return Does(Gives.VIEW)
    if root in PLAIN_MODULES:
        return FRESH
    if root in HOLDING_MODULES:
        return HOLDS
    if path in READERS or path in WRITERS:
        return Does(
            Gives.HOLDS,
            "data" if path in READERS else "anything",
            reads=READERS.get(path),
            writes=WRITERS.get(path),
        )
    if root in ("time", "os", "sys", "uuid", "platform", "psutil", "timeit") and path not in SHELLS:
        return Does(Gives.HOLDS) if root != "time" else SCALAR
    if path in ("json.loads", "json.dumps", "pickle.dumps", "pickle.loads", "cloudpickle.dumps"):
        return FRESH
    if path in ("json.load", "pickle.load", "csv.reader"):
        return Does(Gives.HOLDS, changes=(0,))
    if path in ("json.dump", "pickle.dump", "yaml.dump"):
        return Does(Gives.SCALAR, changes=(1,))
    if root in ("tqdm", "IPython", "joblib", "tabulate", "pprint"):
        return ITERATOR if root == "tqdm" else Does(Gives.HOLDS)
    return None


def is_option(path: str) -> bool:
    """Whether calling it sets an option that travels with the state."""
    return _in_table(OPTIONS, path) or path.startswith("pandas.options.")


def is_configuration(path: str) -> bool:
    """Whether calling it sets up a library, so that it must be done again in every later step."""
    return _in_table(CONFIGURES, path)


def _in_table(table: dict[str, frozenset[str]], path: str) -> bool:
    place = path.find(".")
    while place != -1:
        if path[place + 1 :] in table.get(path[:place], frozenset()):
            return True
        place = path.find(".", place + 1)
    return False


def _data_function(path: str, root: str, rest: str, last: str) -> Does:
    if rest.startswith("random.") and root in ("numpy", "cupy"):
        if last in NUMPY_RANDOM_MAKERS:
            return Does(Gives.FRESH, "rng")
        return Does(Gives.FRESH, "data", effects=_RANDOM_NUMPY if last != "get_state" else ())
    if path in READERS or path in WRITERS:
        return Does(Gives.FRESH, "data", reads=READERS.get(path), writes=WRITERS.get(path))
    effects: tuple[str, ...] = ()
    seedable = False
    if last == "rvs" or path in DRAWING_NUMPY_SCIPY:
        effects, seedable = _RANDOM_NUMPY, True
    if path in SPLITTING:
        return Does(Gives.SPLIT, "data", effects=effects, seedable=seedable)
    if rest in VIEWS or last in VIEWS:
        return VIEW
    return Does(Gives.COPY, "data", effects=effects, seedable=seedable)


def _plot_function(path: str, root: str, last: str) -> Does:
    effects: tuple[str, ...] = ()
    if last in DRAWING_PLOTS or (root not in ("matplotlib", "seaborn", "mpl_toolkits", "plotly", "altair")):
        effects = _RANDOM_NUMPY
    if path == "seaborn.load_dataset":
        return Does(Gives.FRESH, "data", effects=("network",))
    if path in READERS:
        return Does(Gives.FRESH, "data", reads=READERS[path])
    return Does(
        Gives.HOLDS, "plot", changes=("ax", "fig"), effects=effects, writes=WRITERS.get(path), holds=True
    )


def _estimator_function(path: str, root: str, last: str) -> Does:
    if root == "sklearn" and path.startswith("sklearn.datasets.") and not last.startswith("fetch"):
        drawing = last.startswith("make_")
        gives = Gives.SPLIT if path in SPLITTING else Gives.FRESH
        return Does(gives, "data", effects=_RANDOM_NUMPY if drawing else (), seedable=True)
    if path in SPLITTING:
        return Does(Gives.SPLIT, "data", effects=_RANDOM_NUMPY, seedable=True)
    if last[:1].isupper() or last in (
        "make_pipeline",
        "make_column_transformer",
        "make_union",
        "make_scorer",
    ):
        return Does(Gives.HOLDS, path)
    if root == "sklearn" and ".metrics." in path:
        return Does(Gives.COPY, "data")
    if last == "clone":
        return Does(Gives.COPY, "same")
    return Does(Gives.HOLDS, "data", effects=_RANDOM_NUMPY, seedable=True)


# ── methods ──────────────────────────────────────────────────────────────────────────────────────────────────────

_STORES = Does(Gives.SCALAR, changes=("self",), stores=True)
_CHANGES = Does(Gives.SCALAR, changes=("self",))
CONTAINER_METHODS: dict[str, Does] = {
    **dict.fromkeys(_words("append add insert appendleft __setitem__"), _STORES),
    **dict.fromkeys(
        _words("remove clear reverse discard rotate sort subtract __delitem__ move_to_end"), _CHANGES
    ),
    **dict.fromkeys(
        _words(
            "extend update extendleft difference_update intersection_update symmetric_difference_update"
            " __iadd__ __ior__"
        ),
        Does(Gives.SCALAR, changes=("self",), stores=True),
    ),
    **dict.fromkeys(_words("pop popitem popleft"), Does(Gives.ELEMENT, changes=("self",))),
    "setdefault": Does(Gives.ELEMENT, changes=("self",), stores=True),
    "get": Does(Gives.ELEMENT),
    "__getitem__": Does(Gives.ELEMENT),
    **dict.fromkeys(_words("index count isdisjoint issubset issuperset __len__ total"), SCALAR),
    "copy": Does(Gives.COPY, "same"),
    **dict.fromkeys(
        _words("union intersection difference symmetric_difference"), Does(Gives.ELEMENTS, "set")
    ),
    "keys": Does(Gives.VIEW, "same"),
    "values": Does(Gives.VIEW, "same"),
    "items": Does(Gives.PAIRS, "pairs"),
    "fromkeys": Does(Gives.ELEMENTS, "dict"),
    "most_common": Does(Gives.ELEMENTS, "list"),
    "elements": ITERATOR,
}
DATA_MUTATORS = _words(
    "sort fill itemset put resize partition setflags insert pop update setfield clear byteswap set_value"
    " __setitem__ __iadd__ append_ sort_indices sum_duplicates eliminate_zeros setdiag"
)
DATA_VIEWS = _words(
    "values T reshape ravel view transpose swapaxes squeeze loc iloc at iat groupby rolling expanding ewm resample"
    " to_numpy flat real imag diagonal str dt cat items iterrows itertuples iteritems array base index columns"
    " get set_axis rename_axis xs stack unstack swaplevel flags attrs style pipe set_flags infer_objects"
    " to_frame to_series squeeze astype toarray todense tocsr tocsc tocoo data indices indptr set_index"
    " reset_index rename head tail take filter get_group groups lazy collect with_columns select"
)
DATA_SCALARS = _words(
    "shape size ndim dtype dtypes name names nbytes itemsize empty strides nlevels is_unique nnz"
)
NAMES_IN_TEXT_METHODS = _words("query eval")
PURE_METHODS = _words(
    "head tail describe info mean median std var min max sum count nunique unique value_counts isna isnull notna"
    " notnull corr cov quantile mode predict predict_proba predict_log_proba decision_function transform"
    " inverse_transform score evaluate lower upper strip lstrip rstrip split rsplit splitlines join replace format"
    " startswith endswith encode decode title capitalize isdigit isalpha zfill find rfind get keys values items"
    " copy index summary get_params to_dict to_json tolist to_list round abs dot any all argmax argmin argsort"
    " cumsum prod idxmax idxmin nlargest nsmallest isin between most_common group groups span match search findall"
    " sub fullmatch strftime isoformat date time timestamp total_seconds get_feature_names_out get_feature_names"
    " score_samples kneighbors parameters state_dict named_parameters children modules item detach numpy cpu size"
    " numel exists is_file is_dir read_text read_bytes stat relative_to with_suffix resolve as_posix"
    " __len__ __repr__ __str__ __eq__ __contains__"
)
"""Names of methods that, in every library that is widely used, leave receiver and arguments as they are."""

ESTIMATOR_METHODS: dict[str, Does] = {
    **dict.fromkeys(
        _words("fit partial_fit fit_resample warmup"),
        Does(Gives.SELF, changes=("self",), deep=True, holds=True, effects=RANDOM),
    ),
    **dict.fromkeys(
        _words("fit_transform fit_predict"),
        Does(Gives.VIEW, "data", changes=("self",), deep=True, holds=True, effects=RANDOM),
    ),
    **dict.fromkeys(
        _words(
            "predict predict_proba predict_log_proba decision_function score score_samples apply kneighbors"
        ),
        Does(Gives.FRESH, "data"),
    ),
    **dict.fromkeys(_words("transform inverse_transform"), Does(Gives.VIEW, "data")),
    "set_params": Does(Gives.SELF, changes=("self",), stores=True, deep=True),
    "get_params": Does(Gives.VIEW),
    "get_feature_names_out": FRESH,
    **dict.fromkeys(_words("split get_n_splits"), Does(Gives.FRESH, "iterator", effects=RANDOM)),
    "from_estimator": Does(Gives.HOLDS, "plot"),
    "from_predictions": Does(Gives.HOLDS, "plot"),
    "summary": FRESH,
}
QUIET_ESTIMATOR_METHODS = _words(
    "predict predict_proba predict_log_proba decision_function score transform inverse_transform get_params"
    " set_params get_feature_names_out kneighbors apply"
)
READ_METHODS = _words("read readline readlines fetchall fetchone fetchmany read_text read_bytes")
FILE_WRITE_METHODS = _words(
    "to_csv to_excel to_json_ to_parquet to_feather to_pickle to_hdf to_html_ to_stata savefig save save_model"
    " write_image write_html tofile dump write_csv write_parquet save_weights to_file saveas write_json"
    " to_netcdf to_latex_ save_pretrained export write_text write_bytes mkdir unlink touch rmdir rename to_zarr"
    " to_gbq_ to_orc write_ipc sink_parquet sink_csv to_json to_html to_latex to_markdown to_xml extractall"
)
"""Methods that write the file named by their first argument, where it is a path (`pathlib` ones: the receiver)."""


def method_does(type_: str, name: str) -> Does | None:
    """What `object.name(…)` does for an object of that type; None where nothing is known of it."""
    if type_ in ("scalar", "path"):
        if name in ("split", "rsplit", "splitlines", "partition", "groups", "findall", "readlines"):
            return Does(Gives.FRESH, "list")
        return FRESH if name in ("iterdir", "glob", "rglob", "open") else SCALAR
    if type_ in ("list", "dict", "set", "tuple", "iterator", "pairs", "zip"):
        return CONTAINER_METHODS.get(name)
    if type_ == "rng":
        if name == "shuffle":
            return Does(Gives.SCALAR, changes=("self", 0))
        return Does(Gives.COPY, "data", changes=("self",))
    if type_ == "data":
        if name in DATA_MUTATORS:
            return Does(Gives.ELEMENT if name == "pop" else Gives.SCALAR, changes=("self",), stores=True)
        if name in ("plot", "hist", "boxplot"):
            return Does(Gives.HOLDS, "plot", changes=("ax",))
        if name == "sample":
            return Does(Gives.COPY, "data", effects=_RANDOM_NUMPY, seedable=True)
        if name in NAMES_IN_TEXT_METHODS:
            return Does(Gives.VIEW, "data", names_in_text=True)
        return VIEW if name in DATA_VIEWS else COPY
    if type_ == "plot":
        if name in ("show", "get_figure"):
            return Does(Gives.VIEW, "plot")
        return Does(Gives.VIEW, "plot", changes=("self",), holds=True)
    root = type_.partition(".")[0]
    if root in ESTIMATOR_ROOTS and name in ESTIMATOR_METHODS:
        return ESTIMATOR_METHODS[name]
    if type_ in IMMOVABLE:
        return Does(
            Gives.HOLDS, type_ if name in ("cursor", "begin", "connect") else "anything", changes=("self",)
        )
    if name in NAMES_IN_TEXT_METHODS:
        return None
    if name in ESTIMATOR_METHODS and name not in ("apply", "split", "score"):
        return ESTIMATOR_METHODS[name]
    if name in PURE_METHODS:
        return Does(Gives.VIEW)
    return None


METHODS_OF_FILES_THAT_READ = _words(
    "read_text read_bytes exists is_file is_dir stat lstat is_symlink samefile owner readlink"
)
NETWORK_COMMANDS = (
    "wget|curl|git clone|git pull|kaggle|gsutil|gcloud|aws|gdown|scp|rsync|ssh|apt-get|apt|aria2c|conda"
)
READ_ONLY_COMMANDS = _words(
    "ls cat head tail wc pwd echo nvidia-smi du df grep file which whoami date uname free top ps tree lscpu stat"
    " hostname env printenv less more nproc"
)
