# What evalkit estimated over projects, computed again with metafor from effects.csv.
# Run it in the folder of these files: Rscript analysis.R
# It writes pooled_R.csv, and stops if a number of pooled.csv, multilevel.csv, moderators.csv or
# sensitivity.csv differs more than the tolerance named below.

suppressPackageStartupMessages(library(metafor))

read <- function(file) read.csv(file, stringsAsFactors = FALSE, colClasses = c(measure_version = "character"))
effects <- read("effects.csv")
pooled <- read("pooled.csv")
sensitivity <- read("sensitivity.csv")
moderators <- read("moderators.csv")
multilevel <- read.csv("multilevel.csv", stringsAsFactors = FALSE)
tight <- list(threshold = 1e-12, maxiter = 10000)
counts <- effects[effects$pooled, ]

parts <- function(text) strsplit(text, "; ", fixed = TRUE)[[1]]

same <- function(file, what, ours, theirs, tolerance = 1e-6) {
  gap <- abs(ours - theirs) / pmax(1, abs(theirs))
  if (any(is.na(ours) != is.na(theirs)) || any(gap > tolerance, na.rm = TRUE)) {
    stop("metafor and evalkit differ in ", file, ", ", what, ": ", max(gap, na.rm = TRUE))
  }
}

set_of <- function(row) {
  set <- counts[counts$measure == row$measure & counts$wave == row$wave &
                  counts$project %in% parts(row$projects), ]
  stopifnot(nrow(set) == row$k)
  set
}

fit_of <- function(set, method = "REML") {
  if (nrow(set) == 1) return(rma(yi, vi, data = set, method = "FE"))
  if (method %in% c("FE", "DL")) {
    return(rma(yi, vi, data = set, method = method, test = if (method == "FE") "z" else "knha"))
  }
  rma(yi, vi, data = set, method = method, test = "knha", control = tight)
}

# -- pooled.csv ------------------------------------------------------------------------------------

refit <- function(row) {
  set <- set_of(row)
  fit <- fit_of(set)
  many <- row$k > 1
  # Prediction interval: t with k - 2 degrees of freedom (Higgins, Thompson & Spiegelhalter 2009).
  half <- if (row$k > 2) qt(.975, row$k - 2) * sqrt(fit$tau2 + fit$se^2) else NA
  data.frame(
    measure = row$measure, wave = row$wave, selection = row$selection, k = row$k,
    estimate = as.numeric(fit$b), se = fit$se, ci_low = fit$ci.lb, ci_high = fit$ci.ub,
    p = fit$pval, df = if (many) row$k - 1 else NA, tau2 = if (many) fit$tau2 else NA,
    i2 = if (many) fit$I2 else NA, q = fit$QE, q_p = fit$QEp,
    pi_low = as.numeric(fit$b) - half, pi_high = as.numeric(fit$b) + half
  )
}

again <- do.call(rbind, lapply(seq_len(nrow(pooled)), function(i) refit(pooled[i, ])))
if (!is.null(again)) {
  write.csv(again, "pooled_R.csv", row.names = FALSE)
  print(again[, c("measure", "selection", "k", "estimate", "ci_low", "ci_high", "tau2")],
        digits = 4, row.names = FALSE)
  for (column in c("estimate", "se", "ci_low", "ci_high", "p", "tau2", "pi_low", "pi_high")) {
    same("pooled.csv", column, pooled[[column]], again[[column]])
  }
}

# -- sensitivity.csv -------------------------------------------------------------------------------

for (i in seq_len(nrow(sensitivity))) {
  row <- sensitivity[i, ]
  of <- pooled[pooled$measure == row$measure & pooled$measure_version == row$measure_version &
                 pooled$wave == row$wave & pooled$family == row$family &
                 pooled$selection == "all", ]
  set <- set_of(of)
  if (row$check == "method") {
    fit <- fit_of(set, row$about)
    same("sensitivity.csv", row$about, row$estimate, as.numeric(fit$b))
    same("sensitivity.csv", row$about, row$se, fit$se)
  } else if (row$check == "without") {
    fit <- fit_of(set[set$project != row$about, ])
    same("sensitivity.csv", row$about, row$estimate, as.numeric(fit$b))
  } else if (row$check == "egger") {
    test <- regtest(fit_of(set), model = "lm")
    same("sensitivity.csv", "egger", row$p, test$pval)
  } else if (row$check == "trim_and_fill") {
    filled <- trimfill(fit_of(set), control = tight)
    same("sensitivity.csv", "trim_and_fill", row$missing, filled$k0)
    same("sensitivity.csv", "trim_and_fill", row$estimate, as.numeric(filled$b), 1e-5)
  }
}

# -- multilevel.csv --------------------------------------------------------------------------------

for (i in seq_len(nrow(multilevel))) {
  row <- multilevel[i, ]
  set <- counts[counts$measure %in% parts(row$measures) & counts$wave == row$wave &
                  counts$respondent == row$respondent & counts$metric %in% parts(row$metrics), ]
  stopifnot(nrow(set) == row$k)
  set <- set[order(set$project), ]
  set$effect <- seq_len(nrow(set))
  v <- if (row$rho == 0) set$vi else {
    vcalc(vi, cluster = project, obs = effect, rho = row$rho, data = set)
  }
  levels <- function(control) {
    rma.mv(yi, v, random = ~ 1 | project / effect, data = set, control = control)
  }
  # At a variance of 0 the first optimiser may not settle; then the second one does.
  fit <- tryCatch(
    levels(list(rel.tol = 1e-10, iter.max = 1000, eval.max = 2000)),
    error = function(e) levels(list(optimizer = "optim", optmethod = "Nelder-Mead", reltol = 1e-14))
  )
  same("multilevel.csv", "sigma2", c(row$sigma2_project, row$sigma2_effect), fit$sigma2, 1e-5)
  same("multilevel.csv", "estimate", row$estimate, as.numeric(fit$b))
  same("multilevel.csv", "se_model", row$se_model, fit$se, 1e-5)
  if (requireNamespace("clubSandwich", quietly = TRUE)) {
    robust <- robust(fit, cluster = set$project, clubSandwich = TRUE)
    same("multilevel.csv", "se", row$se, robust$se, 1e-5)
    same("multilevel.csv", "df", row$df, as.numeric(robust$dfs), 1e-4)
  }
}

# -- moderators.csv --------------------------------------------------------------------------------

keys <- c("measure", "measure_version", "wave", "family", "moderator")
for (one in split(moderators, moderators[keys], drop = TRUE)) {
  row <- one[1, ]
  of <- pooled[pooled$measure == row$measure & pooled$measure_version == row$measure_version &
                 pooled$wave == row$wave & pooled$family == row$family &
                 pooled$selection == "all", ]
  set <- set_of(of)
  set$x <- set[[row$moderator]]
  set <- set[!is.na(set$x) & set$x != "", ]
  stopifnot(nrow(set) == row$k)
  if (is.character(set$x)) set$x <- relevel(factor(set$x), ref = row$reference)
  fit <- rma(yi, vi, mods = ~ x, data = set, method = "REML", test = "knha", control = tight)
  same("moderators.csv", row$moderator, one$estimate, as.numeric(fit$b))
  same("moderators.csv", row$moderator, one$se, fit$se)
  same("moderators.csv", row$moderator, row$moderator_p, fit$QMp)
}

cat("metafor", as.character(packageVersion("metafor")), "agrees with pooled.csv to 1e-6;",
    nrow(sensitivity), "checks,", nrow(multilevel), "levels and", nrow(moderators),
    "coefficients agree too.\n")
