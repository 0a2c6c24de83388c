# What evalkit estimated over projects, computed again with metafor from effects.csv.
#
# Run it in the folder of these files: Rscript analysis.R
# It needs metafor (3.8 or newer), and clubSandwich for the robust errors of multilevel.csv. It holds
# every number of pooled.csv, sensitivity.csv, multilevel.csv and moderators.csv against metafor's,
# and goals-pooled.csv against R's own mean, sd and t. It names each that differs by more than the
# tolerance below, and ends with status 1 if any does. What it cannot check it names, with the
# reason. metafor's pooled estimates go to pooled_R.csv.

suppressPackageStartupMessages(library(metafor))
club <- suppressMessages(requireNamespace("clubSandwich", quietly = TRUE))

TOLERANCE <- 1e-6 # of the number itself
NOTHING <- 1e-10 # what is nearer than this is the same
PER_CENT <- 1e-6 # and this, of shares in per cent
OPTIMISER <- 1e-4 # of what rests on variances that an optimiser found
LIKELY <- 1e-8 # difference between log-likelihoods that are the same

# metafor's own settings stop at a tau2 that is a little beside the root; `tight` ones are measured by
# the variances of the estimates, whose size differs by metric.
typical <- function(set) 1 / mean(1 / set$vi)
tight <- function(set) {
  size <- max(typical(set), 1e-3 * var(set$yi), na.rm = TRUE)
  list(threshold = 1e-12 * size, tol = 1e-14 * size, maxiter = 10000)
}

# The metrics that are pooled with one another.
families <- c(
  SMD = "g", SMD_CLUSTER = "g", SMD_ADJUSTED = "g", DPPC2 = "g", SMD_ML = "g", COX = "g",
  SMD_ML_WITHIN = "g_within", ROM = "lnRR", MD = "MD", OR = "lnOR", RR = "lnRisk", RD = "RD"
)

# -- reading ---------------------------------------------------------------------------------------

texts <- c(
  "measure", "measure_version", "measures", "wave", "wave_kind", "family", "selection", "projects",
  "project", "project_type", "variant", "method", "test", "check", "about", "domain", "respondent",
  "kind", "model", "metric", "metrics", "moderator", "term", "reference", "by", "value"
)

read <- function(file) {
  if (!file.exists(file)) return(data.frame())
  table <- read.csv(file, colClasses = "character", na.strings = "", encoding = "UTF-8")
  # multilevel.csv says how many projects there are, the others which.
  kept <- if (file == "multilevel.csv") setdiff(texts, "projects") else texts
  for (name in setdiff(names(table), kept)) table[[name]] <- type.convert(table[[name]], as.is = TRUE)
  table
}

tables <- c("pooled.csv", "sensitivity.csv", "multilevel.csv", "moderators.csv", "goals-pooled.csv")
tables <- sapply(tables, read, simplify = FALSE)
pooled <- tables$pooled.csv
goals <- read("goals.csv")
effects <- read("effects.csv")
effects <- effects[effects$pooled %in% TRUE, ]
effects$family <- unname(families[effects$metric])

parts <- function(text) strsplit(text, "; ", fixed = TRUE)[[1]]

# -- what is held against what ---------------------------------------------------------------------

tally <- sapply(names(tables), function(file) c(held = 0, differ = 0), simplify = FALSE)
differences <- character()
remarks <- character()
unchecked <- character()

name_of <- function(row) {
  known <- c("measure", "domain", "respondent", "kind", "wave", "family", "selection", "model",
             "check", "moderator", "term", "by", "value", "about")
  paste0("row ", row$row, " (", paste(unlist(row[intersect(known, names(row))]), collapse = " "), ")")
}

remark <- function(text) remarks <<- c(remarks, text)
skip <- function(file, what, why) unchecked <<- c(unchecked, paste0(file, ", ", what, ": ", why))

differs <- function(file, row, column, ours, theirs) {
  tally[[file]][["differ"]] <<- tally[[file]][["differ"]] + 1
  shown <- function(x) if (is.na(x)) "none" else format(x, digits = 10)
  differences <<- c(differences, paste0(
    file, " ", name_of(row), ", ", column, ": ", shown(ours), " here, ", shown(theirs), " in R"
  ))
}

# Compare the columns of a row that `theirs` names.
hold <- function(file, row, theirs, tolerance = TOLERANCE) {
  for (column in names(theirs)) {
    ours <- row[[column]]
    if (is.null(ours)) {
      skip(file, paste("column", column), "it is not there")
      next
    }
    value <- unname(theirs[[column]])[1]
    if (is.nan(value)) value <- NA
    if (is.na(ours) && is.na(value)) next
    tally[[file]][["held"]] <<- tally[[file]][["held"]] + 1
    nothing <- if (column %in% c("i2", "r2")) PER_CENT else NOTHING
    same <- is.na(ours) == is.na(value) &&
      (ours == value || abs(ours - value) <= tolerance * abs(value) + nothing)
    if (!same) differs(file, row, column, ours, value)
  }
}

# Do `check` with each row of a table. What R has no answer to is not checked.
each <- function(file, check) {
  table <- tables[[file]]
  for (i in seq_len(nrow(table))) {
    row <- c(as.list(table[i, ]), row = i)
    tryCatch(check(file, row), error = function(e) skip(file, name_of(row), conditionMessage(e)))
  }
}

# -- metafor ---------------------------------------------------------------------------------------

# `tau2` is the one in the table: metafor's scoring can stop at a lower top of the likelihood.
fit_of <- function(set, method = "REML", test = "knha", tau2 = NA, mods = ~ 1) {
  if (nrow(set) == 1) method <- "FE"
  if (method == "FE") test <- "z"
  made <- function(control, tau2 = NULL) {
    rma(yi, vi, mods = mods, data = set, method = method, test = test, tau2 = tau2, control = control)
  }
  slowly <- function(step) made(c(tight(set), stepadj = step))
  fit <- tryCatch(made(tight(set)), error = function(e) {
    tryCatch(slowly(.5), error = function(e) slowly(.1))
  })
  off <- !is.na(tau2) && tau2 >= 0 && abs(tau2 - fit$tau2) > TOLERANCE * fit$tau2 + NOTHING
  if (off && method %in% c("REML", "ML")) {
    at <- made(tight(set), tau2)
    if (logLik(at) > logLik(fit) + LIKELY) {
      remark("the tau2 here has a higher likelihood than metafor's; the row is compared at it")
      return(at)
    }
  }
  fit
}

numbers <- function(fit) {
  many <- fit$k > 1
  list(
    k = fit$k, estimate = as.numeric(fit$b), se = fit$se, ci_low = fit$ci.lb, ci_high = fit$ci.ub,
    p = fit$pval, tau2 = if (many) fit$tau2 else NA, i2 = if (many) fit$I2 else NA
  )
}

# Effects in projects: a variance between projects, and one between effects within a project.
levels_of <- function(set, v, sigma2 = c(NA, NA)) {
  set$effect <- seq_len(nrow(set))
  made <- function(control) {
    suppressWarnings(rma.mv(
      yi, v, random = ~ 1 | project / effect, sigma2 = sigma2, data = set, control = control,
      sparse = nrow(set) > 300
    ))
  }
  for (tolerance in c(1e-12, 1e-11, 1e-10, 1e-9, 1e-8)) {
    control <- list(rel.tol = tolerance, iter.max = 1000, eval.max = 2000)
    fit <- tryCatch(made(control), error = function(e) NULL)
    if (!is.null(fit)) return(fit)
  }
  made(list(optimizer = "optim", optmethod = "Nelder-Mead", reltol = 1e-14, maxit = 10000))
}

# The effects in units in which a typical variance is 1: clubSandwich has a tolerance that is not
# measured by anything.
in_units <- function(set, unit) {
  set$yi <- set$yi / unit
  set$vi <- set$vi / unit^2
  set
}

# Standard error, degrees of freedom and interval that are robust to clusters (CR2).
robust_of <- function(fit, set, unit) {
  found <- robust(fit, cluster = set$project, clubSandwich = TRUE)
  list(se = found$se * unit, df = c(found$dfs, found$ddf)[1], ci_low = found$ci.lb * unit,
       ci_high = found$ci.ub * unit, p = found$pval)
}

# -- pools -----------------------------------------------------------------------------------------

# The effects in a pool; NULL, and a difference, if they are not as many as it says.
set_of <- function(file, row, pool = row) {
  set <- effects[effects$measure == pool$measure & effects$wave == pool$wave &
                   effects$family %in% pool$family & effects$project %in% parts(pool$projects), ]
  if (nrow(set) == pool$k) return(set[order(set$project), ])
  differs(file, row, "k", pool$k, nrow(set))
  NULL
}

# The effects in the pool that a row of another table is about.
pool_of <- function(file, row) {
  of <- pooled[pooled$measure == row$measure & pooled$measure_version == row$measure_version &
                 pooled$wave == row$wave & pooled$family == row$family & pooled$selection == "all", ]
  if (nrow(of) == 1) return(set_of(file, row, as.list(of)))
  differs(file, row, "pools in pooled.csv", nrow(of), 1)
  NULL
}

# -- pooled.csv ------------------------------------------------------------------------------------

# The Q-profile interval of tau2 (Viechtbauer 2007).
profile <- function(set) {
  if (nrow(set) == 1) return(c(NA, NA))
  far <- 1e4 * sum((set$yi - mean(set$yi))^2) + 1e4 * max(set$vi)
  control <- list(tol = 1e-14 * max(set$vi), maxiter = 10000, tau2.max = far)
  found <- confint(rma(yi, vi, data = set, method = "DL"), control = control)$random[1, ]
  # Where no tau2 fits metafor gives 0 to 0, or nothing.
  if (found[["ci.ub"]] %in% 0) c(NA, NA) else found[c("ci.lb", "ci.ub")]
}

# The interval if all projects had one common effect, and whether that of Knapp and Hartung is
# narrower by more than a fiftieth (Jackson et al. 2017).
common <- function(set, fit) {
  if (fit$k == 1) return(list(fixed_low = NA, fixed_high = NA, narrow = FALSE))
  one <- fit_of(set, "FE")
  list(fixed_low = one$ci.lb, fixed_high = one$ci.ub,
       narrow = fit$ci.ub - fit$ci.lb < .98 * (one$ci.ub - one$ci.lb))
}

again <- NULL
each("pooled.csv", function(file, row) {
  set <- set_of(file, row)
  if (is.null(set)) return()
  fit <- fit_of(set, row$method, row$test, row$tau2)
  # Prediction interval: t with k - 2 degrees of freedom (Higgins, Thompson & Spiegelhalter 2009).
  half <- if (fit$k > 2) qt(.975, fit$k - 2) * sqrt(fit$tau2 + fit$se^2) else NA
  interval <- profile(set)
  theirs <- c(numbers(fit), common(set, fit), list(
    df = if (fit$k > 1) fit$k - 1 else NA, tau2_low = interval[[1]], tau2_high = interval[[2]],
    q = fit$QE, q_p = fit$QEp, pi_low = as.numeric(fit$b) - half, pi_high = as.numeric(fit$b) + half
  ))
  hold(file, row, theirs)
  again <<- rbind(again, data.frame(row[c("measure", "wave", "family", "selection")], theirs))
})
if (!is.null(again)) {
  write.csv(again, "pooled_R.csv", row.names = FALSE)
  shown <- c("measure", "wave", "family", "selection", "k", "estimate", "ci_low", "ci_high", "tau2")
  print(again[shown], digits = 4, row.names = FALSE)
}

# -- sensitivity.csv -------------------------------------------------------------------------------

# What leaving out a project does, and whether that is much by metafor's rule.
memory <- new.env()
moved <- function(set, row) {
  key <- paste(row$measure, row$measure_version, row$wave, row$family)
  if (!exists(key, memory)) {
    fit <- fit_of(set)
    assign(key, if (fit$se > 1e-8 * sqrt(min(set$vi))) influence(fit), memory)
  }
  found <- get(key, memory)
  if (is.null(found)) stop("cook and influential: all estimates are equal, and R divides by their error")
  at <- match(row$about, set$project)
  list(cook = found$inf$cook.d[at], influential = found$is.infl[at])
}

# The slope on the standard error (Egger et al. 1997), by least squares.
egger <- function(set) {
  fit <- fit_of(set)
  line <- regtest(fit, model = "lm")$fit
  slope <- (if (inherits(line, "lm")) summary(line) else line)$coefficients[2, ]
  half <- qt(.975, nrow(set) - 2) * slope[[2]]
  list(k = nrow(set), estimate = slope[[1]], se = slope[[2]], ci_low = slope[[1]] - half,
       ci_high = slope[[1]] + half, p = slope[[4]])
}

filled <- function(file, set, row) {
  fit <- fit_of(set)
  # metafor before version 5 does not pass its settings on by itself.
  found <- tryCatch(trimfill(fit, control = tight(set)), error = function(e) trimfill(fit))
  if (found$side != row$about) differs(file, row, "about", row$about, found$side)
  whole <- fit_of(data.frame(yi = as.numeric(found$yi), vi = found$vi), tau2 = row$tau2)
  c(numbers(whole), missing = found$k0)
}

# The pool with projects that share schools as one cluster; where all do, with errors that are the
# same error (Borenstein et al. 2009, ch. 24).
as_one <- function(set, about) {
  if (grepl("\u2026", about, fixed = TRUE)) stop("not all projects that share schools are named")
  for (projects in strsplit(parts(about), "+", fixed = TRUE)) {
    set$project[set$project %in% projects] <- projects[1]
  }
  w <- 1 / set$vi
  if (length(unique(set$project)) == 1) {
    mean <- sum(w * set$yi) / sum(w)
    se <- sum(sqrt(w)) / sum(w)
    half <- qnorm(.975) * se
    return(list(k = nrow(set), estimate = mean, se = se, ci_low = mean - half, ci_high = mean + half,
                p = 2 * pnorm(-abs(mean) / se), tau2 = NA, i2 = NA))
  }
  if (!club) stop("the package clubSandwich is not installed")
  unit <- sqrt(typical(set))
  set <- in_units(set, unit)
  fit <- levels_of(set, set$vi)
  w <- 1 / set$vi
  tau2 <- sum(fit$sigma2)
  error <- (nrow(set) - 1) / (sum(w) - sum(w^2) / sum(w))
  tested <- robust_of(fit, set, unit)
  c(list(k = nrow(set), estimate = as.numeric(fit$b) * unit, tau2 = tau2 * unit^2,
         i2 = 100 * tau2 / (tau2 + error)), tested[names(tested) != "df"])
}

each("sensitivity.csv", function(file, row) {
  set <- pool_of(file, row)
  if (is.null(set)) return()
  upto <- if (is.null(row$projects)) NA else row$projects
  if (row$check == "cumulative" && is.na(upto)) stop("it does not say which projects are in it")
  theirs <- switch(
    row$check,
    method = numbers(fit_of(set, row$about, tau2 = row$tau2)),
    without = numbers(fit_of(set[set$project != row$about, ], tau2 = row$tau2)),
    cumulative = numbers(fit_of(set[set$project %in% parts(upto), ], tau2 = row$tau2)),
    egger = egger(set),
    trim_and_fill = filled(file, set, row),
    shared_schools = as_one(set, row$about),
    stop("this script does not know the check ", row$check)
  )
  hold(file, row, theirs, if (row$check == "shared_schools") OPTIMISER else TOLERANCE)
  if (row$check == "without") hold(file, row, moved(set, row))
})

# -- multilevel.csv --------------------------------------------------------------------------------

# The variances of the table where R finds none that are better, else R's.
variances <- function(ours, set, v) {
  free <- levels_of(set, v)
  if (any(is.na(ours)) || any(ours < 0)) return(free$sigma2)
  near <- function(fit) {
    abs(ours - fit$sigma2) <= OPTIMISER * fit$sigma2 + 1e-6 * mean(set$vi)
  }
  if (all(near(free))) return(ours)
  if (any(ours == 0)) {
    held <- levels_of(set, v, ifelse(ours == 0, 0, NA))
    if (all(near(held)) && logLik(held) >= logLik(free) - LIKELY) {
      remark("multilevel.csv: R's optimiser stops beside a variance of 0; the likelihood at 0 is as high")
      return(ours)
    }
  }
  if (logLik(levels_of(set, v, ours)) >= logLik(free)) {
    remark("multilevel.csv: R's optimiser stops at variances of lower likelihood than those here")
    return(ours)
  }
  ifelse(near(free), ours, free$sigma2)
}

each("multilevel.csv", function(file, row) {
  among <- effects$measure %in% parts(row$measures) & effects$wave == row$wave &
    effects$respondent %in% row$respondent & effects$family %in% row$family
  if (!is.null(row$kind)) among <- among & effects$kind %in% row$kind
  set <- effects[among, ]
  hold(file, row, list(k = nrow(set), projects = length(unique(set$project))))
  if (nrow(set) != row$k) return()
  unit <- sqrt(typical(set))
  set <- in_units(set[order(set$project, set$measure), ], unit)
  v <- set$vi
  if (row$rho != 0) v <- vcalc(vi, cluster = project, obs = seq_along(vi), rho = row$rho, data = set)
  sigma2 <- variances(c(row$sigma2_project, row$sigma2_effect) / unit^2, set, v)
  fit <- levels_of(set, v, sigma2)
  hold(file, row, list(
    sigma2_project = sigma2[1] * unit^2, sigma2_effect = sigma2[2] * unit^2,
    estimate = as.numeric(fit$b) * unit, se_model = fit$se * unit, q = fit$QE, q_p = fit$QEp
  ))
  if (club) hold(file, row, robust_of(fit, set, unit))
  else skip(file, "se, df, ci_low, ci_high, p", "the package clubSandwich is not installed")
})

# -- moderators.csv --------------------------------------------------------------------------------

each("moderators.csv", function(file, row) {
  set <- pool_of(file, row)
  if (is.null(set)) return()
  set$x <- set[[row$moderator]]
  set <- set[!is.na(set$x), ]
  set$x <- if (is.na(row$reference)) as.numeric(set$x) else relevel(factor(set$x), ref = row$reference)
  fit <- fit_of(set, tau2 = row$tau2, mods = ~ x)
  at <- match(row$term, sub("^x", row$moderator, rownames(fit$b)))
  whole <- fit_of(set)$tau2
  r2 <- if (whole > 1e-9 * mean(set$vi)) max(0, 100 * (whole - fit$tau2) / whole) else NA
  hold(file, row, list(
    k = fit$k, estimate = fit$b[at], se = fit$se[at], df = fit$k - fit$p, ci_low = fit$ci.lb[at],
    ci_high = fit$ci.ub[at], p = fit$pval[at], moderator_p = fit$QMp, tau2 = fit$tau2, r2 = r2
  ))
})

# -- goals-pooled.csv ------------------------------------------------------------------------------

# The T-score of each project: it is the same in all its rows of a wave.
scores <- function(rows) {
  rows <- rows[!duplicated(rows$project), ]
  setNames(rows$t_score, rows$project)
}

each("goals-pooled.csv", function(file, row) {
  if (!nrow(goals)) stop("goals.csv is not in this folder")
  among <- goals[goals$wave == row$wave, ]
  if (row$by != "all") among <- among[among[[row$by]] == row$value, ]
  t <- scores(among)
  if (row$about == "change") {
    before <- scores(goals[goals$wave_kind == "baseline", ])
    both <- intersect(names(t), names(before))
    t <- t[both] - before[both]
  }
  k <- length(t)
  se <- if (k > 1) sd(t) / sqrt(k) else NA
  half <- if (k > 1) qt(.975, k - 1) * se else NA
  hold(file, row, list(
    k = k, mean_t = mean(t), sd = if (k > 1) sd(t) else NA, se = se,
    ci_low = mean(t) - half, ci_high = mean(t) + half
  ))
})

# -- what came of it -------------------------------------------------------------------------------

say <- function(title, texts) {
  found <- table(factor(texts, unique(texts)))
  times <- ifelse(found > 1, paste0(" (", found, " times)"), "")
  if (length(texts)) cat(title, paste0("  ", names(found), times), sep = "\n")
}

cat("\nmetafor ", as.character(packageVersion("metafor")), ", to ", TOLERANCE, " of each number:\n", sep = "")
for (file in names(tables)) {
  cat(sprintf("  %-16s %4d rows: %5d numbers held against R, %d differ\n",
              file, nrow(tables[[file]]), tally[[file]][["held"]], tally[[file]][["differ"]]))
}
say("Remarks:", remarks)
say("Not checked:", unchecked)
say("Different:", differences)
if (length(differences)) quit(status = 1)
cat(if (length(unchecked)) "No number that could be checked differs.\n" else "No number differs.\n")
