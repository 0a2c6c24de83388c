# What metafor makes of what the pinned numbers do not hold; one line per number or vector.
suppressWarnings(suppressMessages(library(metafor)))
folder <- commandArgs(trailingOnly = TRUE)[1]
tight <- list(threshold = 1e-13, maxiter = 10000)
out <- function(name, x) cat(name, sprintf("%.15g", as.numeric(x)), "\n")
fit <- function(name, r) {
  out(paste0(name, ".b"), r$beta)
  out(paste0(name, ".se"), r$se)
  out(paste0(name, ".tau2"), c(r$tau2, r$se.tau2))
  out(paste0(name, ".i2"), r$I2)
  out(paste0(name, ".ll"), logLik(r))
}
for (file in c("dat.bangertdrowns2004", "dat.bcg_RR")) {
  d <- read.csv(file.path(folder, paste0(file, ".csv")))
  r <- rma(yi, vi, data = d, method = "ML", test = "knha", control = tight)
  fit(paste0(file, ".ML"), r)
  out(paste0(file, ".ML.ci"), confint(r, control = list(tol = 1e-14))$random[1, 2:3])
  for (method in c("ML", "DL", "FE")) {
    r <- suppressWarnings(rma(yi, vi, mods = ~year, data = d, method = method, control = tight))
    fit(paste0(file, ".year.", method), r)
    out(paste0(file, ".year.", method, ".QM"), c(r$QM, r$QMp))
  }
  for (test in c("knha", "z")) {
    r <- rma(yi, vi, data = d, method = "REML", test = test, control = tight)
    name <- paste0(file, ".", test)
    l <- leave1out(r)
    for (what in c("estimate", "se", "pval", "ci.lb", "ci.ub", "tau2", "I2", "Q"))
      out(paste0(name, ".without.", what), l[[what]])
    i <- influence(r)
    for (what in c("rstudent", "dffits", "cook.d", "cov.r", "hat"))
      out(paste0(name, ".", what), i$inf[[what]])
    out(paste0(name, ".dfbs"), i$dfbs$intrcpt)
    out(paste0(name, ".influential"), i$is.infl)
    f <- trimfill(r, control = tight)
    out(paste0(name, ".trimfill"), c(f$k0, f$se.k0, f$beta, f$tau2))
  }
  r <- rma(yi, vi, data = d, method = "REML", control = tight, subset = d$year <= median(d$year))
  out(paste0(file, ".early"), c(r$k, r$beta, r$se, r$tau2))
}
d <- read.csv(file.path(folder, "dat.assink2016.csv"))
mv <- function(name, V, random, ...) {
  r <- rma.mv(yi, V, random = random, data = d, ...)
  out(paste0(name, ".sigma2"), r$sigma2)
  out(paste0(name, ".b"), c(r$beta, r$se))
  out(paste0(name, ".ll"), logLik(r))
  out(paste0(name, ".QE"), r$QE)
}
d$half <- ceiling(d$esid / 2)
mv("ml", d$vi, ~ 1 | study / esid, method = "ML")
mv("shared", d$vi, ~ 1 | study / half)
mv("shared.rho", vcalc(vi, cluster = study, obs = esid, data = d, rho = 0.4), ~ 1 | study / half)
