#!/usr/bin/env python3
"""Fits retrieval/weights.inc to feature rows that localisation_bench --features wrote.

usage: fit_weights.py FEATURES [FEATURES…] [--write retrieval/weights.inc] [--drop NAME,…]

Listwise: the probability of the right file among the candidates is a softmax of the weighted features,
so that weights have a scale and the share of the first place is a confidence. Files have two columns,
with and without code in the ticket, which share a common part. Each repository counts by the square
root of its reports. What is printed as "CV" is ranked by weights that never saw the repository.
"""
import argparse
import json
import re
import sys

import numpy as np

# Evidence can't speak against a place; what a place merely is can.
FREE = {'is_function', 'is_class', 'is_nameless', 'size', 'main_language', 'no_language', 'reexport',
        'code_words', 'member', 'neighbours'}
ROLE = {0: 1.0, 1: 0.3, 2: 0.3, 3: 0.3, 4: 0.3, 5: 0.1}
FILES, CHUNKS = 150, 400
DEPTHS = (1, 3, 5, 10)


def read(paths, names, share):
    queries = []
    for path in paths:
        with open(path, 'rb') as stream:
            while line := stream.readline():
                head = json.loads(line)
                width = 3 + len(head['features'])
                size = width * (head['files'] + head['chunks'])
                rows = np.frombuffer(stream.read(4 * size), np.float32).reshape(-1, width)
                # Rows of weights.inc may have moved since.
                order = [head['features'].index(name) for name in names]
                rows = np.concatenate([rows[:, :3], rows[:, 3:][:, order]], axis=1)
                for most in (head['file_most'], head['chunk_most']):
                    for role in most:
                        most[role] = [most[role][i] for i in order]
                queries.append(shaped(head, rows, share))
    return queries


def scaled(rows, most, share):
    role = np.array([ROLE[int(r)] for r in rows[:, 1]], np.float32)
    unit = np.zeros(rows.shape[1] - 3, np.float32)
    for key, values in most.items():
        unit = np.maximum(unit, ROLE[int(key)] * np.array(values, np.float32))
    unit[unit <= 0] = 1
    unit[share] = np.maximum(unit[share], 1)
    return rows[:, 3:] * role[:, None] / unit


def shaped(head, rows, share):
    files, chunks = rows[:head['files']], rows[head['files']:]
    query = dict(head, file_x=scaled(files, head['file_most'], share), file_gold=files[:, 0] > 0)
    if len(chunks):
        query['chunk_x'] = scaled(chunks, head['chunk_most'], share)
        query['chunk_gold'], query['chunk_file'] = chunks[:, 0] > 0, chunks[:, 2].astype(int)
    return query


def padded(queries, x, gold, limit):
    """One tensor of the first `limit` rows of each query, gold ones always among them."""
    picks = []
    for q in queries:
        order = np.arange(len(q[gold]))
        keep = order[(order < limit) | q[gold]]
        picks.append(keep)
    width = max(len(p) for p in picks)
    features = queries[0][x].shape[1]
    X = np.zeros((len(queries), width, features), np.float32)
    G = np.zeros((len(queries), width), bool)
    M = np.zeros((len(queries), width), bool)
    for i, (q, keep) in enumerate(zip(queries, picks)):
        X[i, :len(keep)], G[i, :len(keep)], M[i, :len(keep)] = q[x][keep], q[gold][keep], True
    return X, G, M


def fit(X, G, M, group, importance, free, usable, l2=0.004, l2_group=0.02, steps=350):
    """group: 0 or 1 per query. Returns weights of shape (2, features)."""
    features = X.shape[2]
    common, own = np.zeros(features), np.zeros((2, features))
    params = np.zeros((3, features))
    m = v = np.zeros_like(params)
    golds = G.sum(1)
    ok = golds > 0
    weight = np.where(ok, importance, 0)
    weight = weight / weight.sum()
    for step in range(1, steps + 1):
        W = params[0] + params[1 + group]
        S = np.einsum('qnf,qf->qn', X, W.astype(np.float32))
        S[~M] = -1e9
        S -= S.max(1, keepdims=True)
        E = np.exp(S)
        # Each gold row against those that aren't: several right files don't compete.
        rest = (E * ~G).sum(1, keepdims=True)
        pull = np.where(G, rest / (rest + E), 0) / np.maximum(golds, 1)[:, None]
        push = np.where(G, 1 / (rest + E), 0).sum(1, keepdims=True) / np.maximum(golds, 1)[:, None]
        D = (push * E * ~G - pull) * weight[:, None]
        per_query = np.einsum('qn,qnf->qf', D.astype(np.float32), X)
        grad = np.stack([per_query.sum(0), per_query[group == 0].sum(0), per_query[group == 1].sum(0)])
        grad += np.stack([l2 * params[0], l2_group * params[1], l2_group * params[2]])
        m = 0.9 * m + 0.1 * grad
        v = 0.99 * v + 0.01 * grad * grad
        rate = 0.15 * min(1, 4 * (1 - step / (steps + 1)))
        params = params - rate * (m / (1 - 0.9 ** step)) / (np.sqrt(v / (1 - 0.99 ** step)) + 1e-9)
        params[:, ~usable] = 0
        for g in (1, 2):
            low = (params[0] + params[g] < 0) & ~free
            params[g][low] = -params[0][low]
    return params[0] + params[1:]


def ranks(scores, gold, wanted):
    order = np.argsort(-scores, kind='stable')
    at = np.nonzero(gold[order])[0]
    worst = at.max() if len(at) >= wanted and len(at) else 10 ** 6
    return worst, at.min() if len(at) else 10 ** 6


def table(name, found):
    if not found:
        return
    worst, best = np.array([f[0] for f in found]), np.array([f[1] for f in found])
    print(f'  {name:34s} {len(found):4d}  all ' +
          ' '.join(f'{100 * (worst < k).mean():5.1f}' for k in DEPTHS) + '  any ' +
          ' '.join(f'{100 * (best < k).mean():5.1f}' for k in DEPTHS), flush=True)


def group_of(q):
    return f"{q['style']}, {'python' if q['language'] == 'python' else 'other'}"


def show(title, queries, file_of, chunk_of=None):
    print(title + '   (@1 @3 @5 @10)')
    files, chunks = {}, {}
    for i, q in enumerate(queries):
        files.setdefault(group_of(q), []).append(ranks(file_of[i], q['file_gold'], q['gold']))
        if q['language'] != 'python':
            files.setdefault(f"{q['style']}, {q['language']}", []).append(files[group_of(q)][-1])
        if chunk_of is not None and q['functions']:
            found = ranks(chunk_of[i], q['chunk_gold'], q['functions']) if 'chunk_x' in q else (10 ** 6,) * 2
            chunks.setdefault(group_of(q), []).append(found)
    for name in sorted(files):
        table('files, ' + name, files[name])
    for name in sorted(chunks):
        table('functions, ' + name, chunks[name])


def file_score_feature(q, scores, column):
    x = q['chunk_x'].copy()
    x[:, column] = 1 + np.maximum(-10, scores[q['chunk_file']] - scores.max()) / 10
    return x


def fold_of(repository):
    return {'django/django': 0, 'sympy/sympy': 1, 'sphinx-doc/sphinx': 2, 'fmtlib/fmt': 3,
            'matplotlib/matplotlib': 4, 'scikit-learn/scikit-learn': 4, 'pytest-dev/pytest': 4,
            'zeromicro/go-zero': 5, 'fasterxml/jackson-core': 2}.get(repository, 5)


def fit_both(train, names, free, usable, chunk_usable):
    code = np.array([0 if q['code'] else 1 for q in train])
    count = {}
    for q in train:
        count[q['repository']] = count.get(q['repository'], 0) + 1
    importance = np.array([count[q['repository']] ** -0.5 for q in train])
    files = fit(*padded(train, 'file_x', 'file_gold', FILES), code, importance, free, usable)
    with_chunks = [i for i, q in enumerate(train) if 'chunk_x' in q]
    for i in with_chunks:
        q = train[i]
        scores = q['file_x'] @ files[code[i]].astype(np.float32)
        q['chunk_fit'] = file_score_feature(q, scores, names.index('file_score'))
    chunk_train = [train[i] for i in with_chunks]
    chunks = fit(*padded(chunk_train, 'chunk_fit', 'chunk_gold', CHUNKS),
                 np.zeros(len(chunk_train), int), importance[with_chunks], free, chunk_usable,
                 l2_group=10.0)[0]
    return files, chunks


def apply(queries, files, chunks, names):
    file_of, chunk_of = [], []
    for q in queries:
        scores = q['file_x'] @ files[0 if q['code'] else 1].astype(np.float32)
        file_of.append(scores)
        chunk_of.append(file_score_feature(q, scores, names.index('file_score')) @
                        chunks.astype(np.float32) if 'chunk_x' in q else None)
    return file_of, chunk_of


def logistic(p, right):
    """a, b of sigmoid(a * logit(p) + b)."""
    z = np.log(p / (1 - p))
    a, b = 1.0, 0.0
    for _ in range(2000):
        s = 1 / (1 + np.exp(-(a * z + b)))
        a -= 0.3 * ((s - right) * z).mean()
        b -= 0.3 * (s - right).mean()
    return a, b


def confidence(queries, file_of):
    p, right, style = [], [], []
    for q, scores in zip(queries, file_of):
        if not len(scores):  # a ticket without words: nothing is found, and nothing is said
            continue
        e = np.exp(scores - scores.max())
        p.append(np.clip(1 / e.sum(), 1e-4, 1 - 1e-4))
        right.append(q['file_gold'][np.argmax(scores)])
        style.append(q['style'])
    p, right, style = np.array(p), np.array(right, float), np.array(style)
    a, b = logistic(p, right)
    said = 1 / (1 + np.exp(-(a * np.log(p / (1 - p)) + b)))
    print(f'confidence = sigmoid({a:.3f} * logit(share) {b:+.3f})')
    for name in sorted(set(style)):
        print(f'  {name}: said, right, reports')
        for low in np.arange(0, 1, 0.1):
            mine = (style == name) & (said >= low) & (said < low + 0.1)
            if mine.any():
                print(f'    {said[mine].mean():.2f} {right[mine].mean():.2f} {mine.sum()}')


def write(path, files, chunks, unseen):
    """What no report has fired keeps the weight it has."""
    out = []
    for line in open(path):
        if m := re.match(r'FEATURE\((\w+), *[-\d.]+, *[-\d.]+, *[-\d.]+, *(\w+), *(".*")\)', line):
            name = m.group(1)
            if name in unseen:
                out.append(line)
                continue
            line = (f'FEATURE({name}, {files[0][name]:.2f}, {files[1][name]:.2f}, {chunks[name]:.2f}, '
                    f'{m.group(2)}, {m.group(3)})\n')
        out.append(line)
    open(path, 'w').writelines(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('features', nargs='+')
    parser.add_argument('--write')
    parser.add_argument('--inc', default='retrieval/weights.inc')
    parser.add_argument('--drop', default='')
    parser.add_argument('--quick', action='store_true', help='no cross-validation')
    parser.add_argument('--ablation', action='store_true')
    args = parser.parse_args()
    rows = [re.match(r'FEATURE\((\w+), *([-\d.]+), *([-\d.]+), *([-\d.]+), *(\w+)', l)
            for l in open(args.inc)]
    rows = [r.groups() for r in rows if r]
    names = [r[0] for r in rows]
    share = np.array([r[4] == 'share' for r in rows])
    queries = read(args.features, names, share)
    free = np.array([n in FREE for n in names])

    def possible(x):
        return np.any([np.abs(q[x]).max(0, initial=0) > 0 for q in queries if x in q], axis=0)
    usable, chunk_usable = possible('file_x'), possible('chunk_x')
    chunk_usable[names.index('file_score')] = True
    for name in filter(None, args.drop.split(',')):
        usable[names.index(name)] = chunk_usable[names.index(name)] = False

    now = np.array([[float(r[1]) for r in rows], [float(r[2]) for r in rows]])
    show('as it is', queries, *apply(queries, now, np.array([float(r[3]) for r in rows]), names))
    if not args.quick:
        cross = cross_validated(queries, names, free, usable, chunk_usable)
        show('CV, leave repositories out', queries, *cross)
        confidence(queries, cross[0])
    files, chunks = fit_both(queries, names, free, usable, chunk_usable)
    show('in sample', queries, *apply(queries, files, chunks, names))
    for i, name in enumerate(names):
        print(f'  {name:18s} {files[0][i]:6.2f} {files[1][i]:6.2f} {chunks[i]:6.2f}')
    if args.ablation:
        ablate(queries, files, chunks, names)
    if args.write:
        write(args.write, [dict(zip(names, f)) for f in files], dict(zip(names, chunks)),
              {n for n, f, c in zip(names, usable, chunk_usable) if not f and not c})


def cross_validated(queries, names, free, usable, chunk_usable):
    file_of, chunk_of = [None] * len(queries), [None] * len(queries)
    for fold in sorted({fold_of(q['repository']) for q in queries}):
        train = [q for q in queries if fold_of(q['repository']) != fold]
        test = [i for i, q in enumerate(queries) if fold_of(q['repository']) == fold]
        files, chunks = fit_both(train, names, free, usable, chunk_usable)
        f, c = apply([queries[i] for i in test], files, chunks, names)
        for i, fs, cs in zip(test, f, c):
            file_of[i], chunk_of[i] = fs, cs
    return file_of, chunk_of


def ablate(queries, files, chunks, names):
    """Without each feature, the other weights as they are."""
    for i, name in enumerate(names):
        f, c = files.copy(), chunks.copy()
        f[:, i], c[i] = 0, 0
        show(f'without {name}', queries, *apply(queries, f, c, names))


if __name__ == '__main__':
    sys.exit(main())
